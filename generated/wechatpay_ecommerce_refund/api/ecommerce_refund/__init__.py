# Generated from openapi.yaml by `python -m generator generate`; never edited by hand.
"""Refunds that an e-commerce platform makes for its sub-merchants.

平台收付通的退款。

See https://pay.weixin.qq.com/doc/v3/partner/4015217874
"""
