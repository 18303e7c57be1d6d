#!/usr/bin/env bash
# Signs with openssl, creates a return, queries it and verifies both responses.
# Reads the variables WECHATPAY_… of README.md, and WECHATPAY_REFUND_ID and WECHATPAY_SUB_MCHID.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

call() { # METHOD PATH [BODY]
  local timestamp nonce signature
  timestamp=$(date +%s)
  nonce=$(openssl rand -hex 16)
  signature=$(printf '%s\n' "$1" "$2" "$timestamp" "$nonce" "${3-}" |
    openssl dgst -sha256 -sign "$WECHATPAY_PRIVATE_KEY" | base64 | tr -d '\n')
  curl --silent --show-error --max-time 10 --request "$1" ${3+--data-binary "$3"} \
    --header "Authorization: WECHATPAY2-SHA256-RSA2048 mchid=\"$WECHATPAY_MCHID\",nonce_str=\"$nonce\",signature=\"$signature\",timestamp=\"$timestamp\",serial_no=\"$WECHATPAY_SERIAL_NO\"" \
    --header "Accept: application/json" --header "Content-Type: application/json" \
    --header "User-Agent: curl" --header "Wechatpay-Serial: $WECHATPAY_PUBLIC_KEY_ID" \
    --dump-header "$work/headers" --output "$work/body" \
    "${WECHATPAY_BASE_URL:-https://api.mch.weixin.qq.com}$2"
  verify
  cat "$work/body"
  echo
}

field() { tr -d '\r' <"$work/headers" | sed -n "s/^$1: //Ip"; }

verify() { # an unsigned error is no evidence: it ends the script as well
  local age
  [ -n "$(field wechatpay-signature)" ] || { echo "unsigned: $(cat "$work/body")" >&2 && return 1; }
  age=$(($(date +%s) - $(field wechatpay-timestamp)))
  [ "${age#-}" -le 300 ] || { echo "the response is too old" >&2 && return 1; }
  [ "$(field wechatpay-serial)" = "$WECHATPAY_PUBLIC_KEY_ID" ] || { echo "another key" >&2 && return 1; }
  field wechatpay-signature | openssl base64 -d -A >"$work/signature"
  { field wechatpay-timestamp && field wechatpay-nonce && cat "$work/body" && echo; } |
    openssl dgst -sha256 -verify "$WECHATPAY_PUBLIC_KEY" -signature "$work/signature" >&2
}

path=/v3/ecommerce/refunds/$WECHATPAY_REFUND_ID/return-advance
call POST "$path" "{\"sub_mchid\":\"$WECHATPAY_SUB_MCHID\"}"
call GET "$path?sub_mchid=$WECHATPAY_SUB_MCHID"
