"""The pytest plugin: the fixture `wechatpay_sandbox`.

pytest loads this module in every run of everybody who has the wheel, with or without the extra,
so it imports nothing before a test asks for the fixture.
"""
