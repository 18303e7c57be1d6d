"""Faults of one line each in the signers and verifiers of TypeScript, Go and Java.

They are named as those of Python where they are the same.
"""

# ruff: noqa: E501
# fmt: off
from __future__ import annotations

from dataclasses import dataclass

Faults = dict[tuple[str, str], dict[str, str]]


@dataclass(frozen=True)
class Project:
    """How one program is built again after a change, and run; both in its folder."""

    build: tuple[str, ...]
    run: tuple[str, ...]
    faults: Faults


_TS = "src/wechatpay.ts"
_TS_SIGN = "  return lines([method.toUpperCase(), url, timestamp, nonce], body);\n"
_TS_HEADER = '  return `${SCHEME} mchid="${mchid}",nonce_str="${nonce}",signature="${signature}",timestamp="${timestamp}",serial_no="${serialNo}"`;\n'
_TS_ALL = "  if (!(timestamp && nonce && signature && serial)) throw new Untrusted(\"missing_signature\");\n"
_TS_FITS = 'const fits = createVerify("sha256").update(lines([timestamp, nonce], body)).verify(key, raw);'
_TS_TYPE = '  if (![null, SCHEME].includes(headers.get("Wechatpay-Signature-Type"))) {\n'
_TS_INDEX = '    return /^[0-9A-F]{1,40}$/i.test(serial) ? serial.toUpperCase().replace(/^0+/, "") : serial;\n'
_TS_TEXT = 'const text = (value: unknown): string | null => (typeof value === "string" ? value : null);'
_TS_LINES = '  return Buffer.concat([Buffer.from(head.map((part) => `${part}\\n`).join("")), body, Buffer.from("\\n")]);\n'
_TS_ISSUE = '    issue: text(detail["issue"]) ?? text(object(detail["detail"])["issue"]),\n'
_TS_KEY = '  if (apiV3Key.length !== 32) throw new Untrusted("invalid_key_length");\n'
_TS_ONE = '  const isOne = entry["associated_data"] === "certificate" && ONE_CERTIFICATE.test(plaintext.toString());\n'
_TS_JSON = '    content = object(JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body)));\n'
_TS_AGE = "  if (!/^[0-9]+$/.test(timestamp) || Math.abs(now - Number(timestamp)) > TOLERANCE_SECONDS) {\n"


def _sign(line: str, old: str, *news: tuple[str, str]) -> dict[str, str]:
    return {fault: line.replace(old, new) for fault, new in news}


TYPESCRIPT: Faults = {
    (_TS, _TS_SIGN): {
        **_sign(_TS_SIGN, "method.toUpperCase()", ("sign: method as given", "method"), ("sign: method in lower case", "method.toLowerCase()")),
        **_sign(
            _TS_SIGN,
            "url,",
            ("sign: path and query decoded", "decodeURI(url),"),
            ("sign: encoded again", "encodeURI(url),"),
            ("sign: escapes in upper case", "url.replace(/%../g, (one) => one.toUpperCase()),"),
            ("sign: escapes in lower case", "url.replace(/%../g, (one) => one.toLowerCase()),"),
            ("sign: doubled slashes collapsed", 'url.replace(/\\/+/g, "/"),'),
            ("sign: dot segments resolved", 'new URL("https://h" + url).href.slice(9),'),
            ("sign: trailing slash dropped", 'url.replace(/\\/$/, ""),'),
            ("sign: query dropped", 'url.split("?")[0]!,'),
            ("sign: query sorted", 'url.split("?")[0] + (url.includes("?") ? "?" + url.slice(url.indexOf("?") + 1).split("&").sort().join("&") : ""),'),
            ("sign: query parsed and written again", 'url.split("?")[0] + (url.includes("?") ? "?" + new URLSearchParams(url.slice(url.indexOf("?") + 1)) : ""),'),
            ("sign: empty query dropped", 'url.replace(/\\?$/, ""),'),
            ("sign: query cut at a second question mark", 'url.split("?").slice(0, 2).join("?"),'),
            ("sign: + for %20", 'url.replaceAll("%20", "+"),'),
            ("sign: %20 for +", 'url.replaceAll("+", "%20"),'),
            ("sign: host in front", '"https://api.mch.weixin.qq.com" + url,'),
        ),
        **_sign(_TS_SIGN, "timestamp, nonce]", ("sign: timestamp and nonce swapped", "nonce, timestamp]"), ("sign: no nonce", "timestamp]"), ("sign: nonce in lower case", "timestamp, nonce.toLowerCase()]"), ("sign: nonce cut to 32", "timestamp, nonce.slice(0, 32)]"), ("sign: timestamp in 32 bits", "String(Number(timestamp) | 0), nonce]")),
        **_sign(
            _TS_SIGN,
            ", body)",
            ("sign: no body with GET", ', method.toUpperCase() === "GET" ? Buffer.alloc(0) : body)'),
            ("sign: no body with DELETE", ', method === "DELETE" ? Buffer.alloc(0) : body)'),
            ("sign: no body with PUT", ', method === "PUT" ? Buffer.alloc(0) : body)'),
            ("sign: no body with PATCH", ', method === "PATCH" ? Buffer.alloc(0) : body)'),
            ("sign: body trimmed", ", Buffer.from(Buffer.from(body).toString().trim()))"),
            ("sign: body read as UTF-8 text", ", Buffer.from(Buffer.from(body).toString()))"),
            ("sign: BOM removed", ', Buffer.from(Buffer.from(body).toString("latin1").replace("\\xef\\xbb\\xbf", ""), "latin1"))'),
            ("sign: CR LF to LF", ', Buffer.from(Buffer.from(body).toString("latin1").replaceAll("\\r\\n", "\\n"), "latin1"))'),
            ("sign: body cut at NUL", ', Buffer.from(Buffer.from(body).toString("latin1").split("\\0")[0]!, "latin1"))'),
            ("sign: JSON written again", ', (() => { try { return Buffer.from(JSON.stringify(JSON.parse(Buffer.from(body).toString()))); } catch { return body; } })())'),
        ),
    },
    (_TS, _TS_LINES): {
        "both: CR LF": _TS_LINES.replace("\\n", "\\r\\n"),
        "both: last LF missing": _TS_LINES.replace(', Buffer.from("\\n")', ""),
        "both: no LF behind an empty body": _TS_LINES.replace('Buffer.from("\\n")', 'Buffer.from(body.length ? "\\n" : "")'),
    },
    (_TS, '  const signature = createSign("sha256").update(message).sign(privateKey, "base64");\n'): {
        "sign: SHA-1": '  const signature = createSign("sha1").update(message).sign(privateKey, "base64");\n',
        "sign: SHA-512": '  const signature = createSign("sha512").update(message).sign(privateKey, "base64");\n',
        "sign: PSS": '  const signature = createSign("sha256").update(message).sign({ key: privateKey, padding: 6 }, "base64");\n',
        "sign: base64 of the URL alphabet": '  const signature = createSign("sha256").update(message).sign(privateKey, "base64url");\n',
        "sign: hexadecimal signature": '  const signature = createSign("sha256").update(message).sign(privateKey, "hex");\n',
    },
    (_TS, _TS_HEADER): {
        "header: a space behind commas": _TS_HEADER.replace('",', '", '),
        "header: a space before commas": _TS_HEADER.replace('",', '" ,'),
        "header: semicolons": _TS_HEADER.replace('",', '";'),
        "header: no commas": _TS_HEADER.replace('",', '"'),
        "header: line feeds between the fields": _TS_HEADER.replace('",', '"\\n'),
        "header: a comma at the end": _TS_HEADER.replace('"`', '",`'),
        "header: two spaces behind the scheme": _TS_HEADER.replace("} mchid", "}  mchid"),
        "header: a field twice": _TS_HEADER.replace('"`', '",mchid="${mchid}"`'),
        "header: a field missing": _TS_HEADER.replace('mchid="${mchid}",', ""),
        "header: brackets": _TS_HEADER.replace(" mchid", " [mchid").replace('"`', '"]`'),
        "header: single quotes": _TS_HEADER.replace('"', "'"),
        "header: no quotes": _TS_HEADER.replace('"', ""),
        "header: spaces around equals signs": _TS_HEADER.replace('="', ' = "'),
        "header: another scheme": _TS_HEADER.replace("${SCHEME}", "Bearer"),
        "header: the scheme in lower case": _TS_HEADER.replace("${SCHEME}", "${SCHEME.toLowerCase()}"),
    },
    (_TS, "const TOLERANCE_SECONDS = 300;\n"): {f"age: {seconds} s": f"const TOLERANCE_SECONDS = {seconds};\n" for seconds in (298, 299, 301, 600)},
    (_TS, _TS_AGE): {
        "age: not looked at": "  if (false) {\n",
        "age: the past is open": _TS_AGE.replace("Math.abs(now - Number(timestamp))", "Number(timestamp) - now"),
        "age: the future is open": _TS_AGE.replace("Math.abs(now - Number(timestamp))", "now - Number(timestamp)"),
        "age: in milliseconds": _TS_AGE.replace("now - Number(timestamp)", "(now - Number(timestamp)) / 1000"),
        "age: in 32 bits": _TS_AGE.replace("now - Number(timestamp)", "(now - Number(BigInt(timestamp) & 0xffffffffn))"),
        "time: whatever Number reads": _TS_AGE.replace("!/^[0-9]+$/.test(timestamp) ||", ""),
        "time: with a point": _TS_AGE.replace("[0-9]", "[0-9.]"),
        "time: what begins with digits": "  if (Math.abs(now - parseInt(timestamp)) > TOLERANCE_SECONDS || Number.isNaN(parseInt(timestamp))) {\n",
        "time: an error is let through": _TS_AGE.replace("!/^[0-9]+$/.test(timestamp) ||", "/^[0-9]+$/.test(timestamp) &&"),
    },
    (_TS, _TS_ALL): {
        "missing: none is required": "",
        **{f"missing: {name}": _TS_ALL.replace(part, "") for name, part in (("timestamp", "timestamp && "), ("nonce", "nonce && "), ("signature", "signature && "), ("serial number", " && serial"))},
        "missing: one suffices": _TS_ALL.replace("&&", "||"),
        "missing: 204 needs none": '  if (status === 204 && !signature) return false;\n' + _TS_ALL,
        "missing: 202 needs none": '  if (status === 202 && !signature) return false;\n' + _TS_ALL,
        "missing: an empty body needs none": '  if (!body.length && !signature) return false;\n' + _TS_ALL,
        "missing: signed 5xx is not verified": '  if (status >= 500) return false;\n' + _TS_ALL,
        "missing: signed 4xx is not verified": '  if (status >= 400 && status < 500) return false;\n' + _TS_ALL,
    },
    (_TS, "  const isSuccess = status >= 200 && status < 300;\n"): {
        "status: only 200": "  const isSuccess = status === 200;\n",
        "status: 299 is no success": "  const isSuccess = status >= 200 && status < 299;\n",
        "status: 300 is a success": "  const isSuccess = status >= 200 && status <= 300;\n",
        "status: below 400 is a success": "  const isSuccess = status < 400;\n",
        "status: an error has to be signed": "  const isSuccess = true;\n",
        "status: a success may be unsigned": "  const isSuccess = false;\n",
    },
    (_TS, '  if (!isSuccess && timestamp + nonce + signature + serial === "") return false;\n'): {
        "missing: an error with some headers": "  if (!isSuccess && !(timestamp && nonce && signature && serial)) return false;\n",
        "missing: an error without a signature": '  if (!isSuccess && signature === "") return false;\n',
        "missing: an error without time": '  if (!isSuccess && timestamp === "") return false;\n',
    },
    (_TS, '.some((value) => value.includes(", "))) {\n'): {
        "twice: allowed": ".some(() => false)) {\n",
    },
    (_TS, "  if ([timestamp, nonce, signature, serial, read(\"Signature-Type\")]"): {
        "twice: only the signature is looked at": "  if ([signature]",
        "twice: the nonce is not looked at": '  if ([timestamp, signature, serial, read("Signature-Type")]',
        "twice: the type is not looked at": "  if ([timestamp, nonce, signature, serial]",
    },
    (_TS, _TS_TYPE): {
        "type: ignored": "  if (false) {\n",
        "type: in any case": _TS_TYPE.replace('.get("Wechatpay-Signature-Type")', '.get("Wechatpay-Signature-Type")?.toUpperCase() ?? null'),
        "type: absent is refused": _TS_TYPE.replace("null, ", ""),
        "type: only SM2 is refused": '  if (headers.get("Wechatpay-Signature-Type")?.includes("SM2")) {\n',
    },
    (_TS, '  if (nonce.includes("\\n")) throw'): {"verify: a line feed in the nonce": '  if (nonce === "\\n") throw'},
    (_TS, _TS_FITS): {
        **_sign(_TS_FITS, "sha256", ("verify: MD5", "md5"), ("verify: SHA-1", "sha1"), ("verify: SHA-224", "sha224"), ("verify: SHA-512", "sha512")),
        "signature: not looked at": "const fits = true;",
        "signature: PSS": _TS_FITS.replace("key, raw", "{ key, padding: 6 }, raw"),
        **{f"signature: {name}, too": f'const fits = ["sha256", "{name}"].some((one) => createVerify(one).update(lines([timestamp, nonce], body)).verify(key, raw));' for name in ("md5", "sha1", "sha224", "sha384", "sha512", "sha3-256")},
        "signature: a long one is cut": _TS_FITS.replace("raw)", "raw.subarray(0, 256))"),
        "signature: a short one is filled": _TS_FITS.replace("raw)", "Buffer.concat([Buffer.alloc(256 - Math.min(raw.length, 256)), raw]))"),
        "verify: nonce and timestamp swapped": _TS_FITS.replace("timestamp, nonce", "nonce, timestamp"),
        "verify: nonce in lower case": _TS_FITS.replace("nonce]", "nonce.toLowerCase()]"),
        "verify: nonce in upper case": _TS_FITS.replace("nonce]", "nonce.toUpperCase()]"),
        "verify: body ignored": _TS_FITS.replace(", body)", ", Buffer.alloc(0))"),
        "verify: body trimmed": _TS_FITS.replace(", body)", ', Buffer.from(Buffer.from(body).toString("latin1").trim(), "latin1"))'),
        "verify: body read as UTF-8 text": _TS_FITS.replace(", body)", ", Buffer.from(Buffer.from(body).toString()))"),
        "verify: BOM removed": _TS_FITS.replace(", body)", ", Buffer.from(new TextDecoder().decode(body)))"),
        "verify: CR LF to LF": _TS_FITS.replace(", body)", ', Buffer.from(Buffer.from(body).toString("latin1").replaceAll("\\r\\n", "\\n"), "latin1"))'),
    },
    (_TS, "  const key = trusted.get(serial);\n"): {
        "key: an unknown one is let through": "  const key = trusted.get(serial);\n  if (!key) return true;\n",
        "key: a PUB_KEY_ID is let through": '  const key = trusted.get(serial);\n  if (serial.startsWith("PUB_KEY_ID_")) return true;\n',
        "probe: let through": '  const key = trusted.get(serial);\n  if (signature.startsWith("WECHATPAY/SIGNTEST/")) return true;\n',
        "probe: unproven": '  const key = trusted.get(serial);\n  if (signature.startsWith("WECHATPAY/SIGNTEST/")) return false;\n',
    },
    (_TS, _TS_INDEX): {
        "serial: exact text": "    return serial;\n",
        "serial: text in upper case": "    return serial.toUpperCase();\n",
        "serial: text without leading zeros": '    return serial.replace(/^0+/, "");\n',
        "serial: cut": "    return serial.toUpperCase().slice(0, 38);\n",
        "serial: colons removed": _TS_INDEX.replace("    return", '    serial = serial.replaceAll(":", "");\n    return'),
        "serial: with 0x": _TS_INDEX.replace("    return", '    serial = serial.replace("0x", "");\n    return'),
        "serial: as a double": "    return /^[0-9A-F]{1,40}$/i.test(serial) ? String(parseInt(serial, 16)) : serial;\n",
        "serial: key ids in any case": "    return serial.toUpperCase().replace(/^0+/, \"\");\n",
        "serial: key ids without prefix": _TS_INDEX.replace("    return", '    serial = serial.replace("PUB_KEY_ID_", "");\n    return'),
    },
    (_TS, _TS_KEY): {
        "APIv3 key: other lengths of AES": _TS_KEY.replace("apiV3Key.length !== 32", "![16, 24, 32].includes(apiV3Key.length)"),
        "APIv3 key: trimmed": "  apiV3Key = Buffer.from(Buffer.from(apiV3Key).toString().trim());\n" + _TS_KEY,
        "APIv3 key: cut": "  apiV3Key = apiV3Key.subarray(0, 32);\n" + _TS_KEY,
        "APIv3 key: only ASCII": _TS_KEY.replace("!== 32", "!== 32 || apiV3Key.some((one) => one > 127)"),
        "APIv3 key: 32 characters": _TS_KEY.replace("apiV3Key.length", "Buffer.from(apiV3Key).toString().length"),
    },
    (_TS, '    const cipher = createDecipheriv("aes-256-gcm", apiV3Key, Buffer.from(nonce));\n'): {
        "GCM nonce: cut to 12": '    const cipher = createDecipheriv("aes-256-gcm", apiV3Key, Buffer.from(nonce).subarray(0, 12));\n',
        "GCM nonce: filled with zero bytes": '    const cipher = createDecipheriv("aes-256-gcm", apiV3Key, Buffer.from(nonce.padEnd(12, "\\0")));\n',
        "GCM nonce: filled with 0": '    const cipher = createDecipheriv("aes-256-gcm", apiV3Key, Buffer.from(nonce.padEnd(12, "0")));\n',
        "GCM nonce: filled with spaces": '    const cipher = createDecipheriv("aes-256-gcm", apiV3Key, Buffer.from(nonce.padEnd(12)));\n',
    },
    (_TS, '    cipher.setAAD(Buffer.from(associatedData ?? "")).setAuthTag(sealed.subarray(-16));\n'): {
        "additional data: always certificate": '    cipher.setAAD(Buffer.from("certificate")).setAuthTag(sealed.subarray(-16));\n',
        "additional data: none": "    cipher.setAuthTag(sealed.subarray(-16));\n",
    },
    (_TS, "    return Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);\n"): {
        "tag: not looked at": "    return cipher.update(sealed.subarray(0, -16));\n",
    },
    (_TS, '  if (algorithm !== "AEAD_AES_256_GCM") throw'): {
        "algorithm: ignored": "  if (false) throw",
        "algorithm: in any case": '  if (algorithm.toUpperCase() !== "AEAD_AES_256_GCM") throw',
        "algorithm: any AES": '  if (!algorithm.includes("AES")) throw',
        "algorithm: empty is right": '  if (algorithm && algorithm !== "AEAD_AES_256_GCM") throw',
    },
    (_TS, _TS_ONE): {
        "certificate: any additional data": "  const isOne = ONE_CERTIFICATE.test(plaintext.toString());\n",
        "certificate: anywhere in the text": '  const isOne = entry["associated_data"] === "certificate";\n',
    },
    (_TS, '    if (key.asymmetricKeyType === "rsa") return { serial, key };\n'): {"certificate: any kind of key": "    return { serial, key };\n"},
    (_TS, _TS_JSON): {
        "JSON: bad UTF-8 repaired": _TS_JSON.replace("fatal: true", "fatal: false"),
        "JSON: BOM dropped": _TS_JSON.replace("ignoreBOM: true", "ignoreBOM: false"),
        "error: names in any case": _TS_JSON.replace(".decode(body)", ".decode(body).replace(/\"(\\w+)\":/g, (one) => one.toLowerCase())"),
        "error: the first of a list": _TS_JSON.replace("object(", "((one) => object(Array.isArray(one) ? one[0] : one))("),
        "JSON: single quotes": _TS_JSON.replace(".decode(body)", ".decode(body).replaceAll(\"'\", '\"')"),
    },
    (_TS, _TS_TEXT): {
        "error: anything as text": "const text = (value: unknown): string | null => (value == null ? null : String(value));",
        "error: texts trimmed": _TS_TEXT.replace("? value", "? value.trim()"),
        "error: empty texts are none": _TS_TEXT.replace("? value", "? value || null"),
    },
    (_TS, _TS_ISSUE): {
        "error: the inner detail is not read": '    issue: text(detail["issue"]),\n',
        "error: an empty issue falls through": _TS_ISSUE.replace("??", "||"),
        "error: the inner detail wins": '    issue: text(object(detail["detail"])["issue"]) ?? text(detail["issue"]),\n',
    },
    (_TS, '    code: text(content["code"]),\n'): {f"error: {name} for code": f'    code: text(content["code"]) ?? text(content["{name}"]),\n' for name in ("error", "errcode", "err_code", "return_code", "message")},
    (_TS, '    detail: content["detail"] ?? null,\n'): {
        "error: a detail is an object or none": "    detail: Object.keys(detail).length ? detail : null,\n",
        "error: false counts as null": '    detail: content["detail"] || null,\n',
    },
    (_TS, "  return date.getUTCMonth() + 1 === Number(month) && date.getUTCDate() === Number(day) ? new Date(time!) : null;\n"): {
        "time: impossible days roll over": "  return month && day ? new Date(time!) : null;\n",
        "time: whatever Date reads": "  return time && !Number.isNaN(Date.parse(time)) ? new Date(time) : null;\n",
        "time: never read": "  return null;\n",
        "time: the fraction is dropped": "  return date.getUTCMonth() + 1 === Number(month) && date.getUTCDate() === Number(day) ? new Date(time!.replace(/\\.\\d+/, \"\")) : null;\n",
        "time: the offset is dropped": "  return date.getUTCMonth() + 1 === Number(month) && date.getUTCDate() === Number(day) ? new Date(time!.slice(0, 19) + \"Z\") : null;\n",
    },
}

_GO = "wechatpay/wechatpay.go"
_GO_SIGN = "	return lines(body, strings.ToUpper(method), url, timestamp, nonce)\n"
_GO_LINES = "	return append(append([]byte(strings.Join(head, \"\\n\")+\"\\n\"), body...), '\\n')\n"
_GO_HEADER = '`%s mchid="%s",nonce_str="%s",signature="%s",timestamp="%s",serial_no="%s"`'
_GO_ALL = '	if timestamp == "" || nonce == "" || signature == "" || serial == "" {\n'
_GO_AGE = "	if err != nil || !digits.MatchString(timestamp) || max(now.Unix()-seconds, seconds-now.Unix()) > tolerance {\n"
_GO_FITS = "	if err != nil || rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], raw) != nil {\n"
_GO_DIGEST = "	digest := sha256.Sum256(lines(body, timestamp, nonce))\n"
_GO_SEALED = "	if text, err = gcm.Open(nil, []byte(*sealed.Nonce), text, associated); err != nil {\n"
_GO_TWICE = '	if strings.Contains(strings.Join([]string{timestamp, nonce, signature, serial, kind}, "\\n"), ", ") {\n'
_GO_ERROR = "	if !utf8.Valid(body) || json.Unmarshal(body, &content) != nil {\n"

GO: Faults = {
    (_GO, _GO_SIGN): {
        **_sign(_GO_SIGN, "strings.ToUpper(method)", ("sign: method as given", "method"), ("sign: method in lower case", "strings.ToLower(method)")),
        **_sign(
            _GO_SIGN,
            "url,",
            ("sign: query dropped", 'strings.Split(url, "?")[0],'),
            ("sign: escapes in lower case", 'regexp.MustCompile("%..").ReplaceAllStringFunc(url, strings.ToLower),'),
            ("sign: escapes in upper case", 'regexp.MustCompile("%..").ReplaceAllStringFunc(url, strings.ToUpper),'),
            ("sign: doubled slashes collapsed", 'regexp.MustCompile("/+").ReplaceAllString(url, "/"),'),
            ("sign: dot segments resolved", 'strings.Replace(url, "/a/./b/../c/..", "/a", 1),'),
            ("sign: trailing slash dropped", 'strings.TrimRight(url, "/"),'),
            ("sign: empty query dropped", 'strings.TrimSuffix(url, "?"),'),
            ("sign: + for %20", 'strings.ReplaceAll(url, "%20", "+"),'),
            ("sign: %20 for +", 'strings.ReplaceAll(url, "+", "%20"),'),
            ("sign: host in front", '"https://api.mch.weixin.qq.com"+url,'),
        ),
        **_sign(_GO_SIGN, "timestamp, nonce)", ("sign: timestamp and nonce swapped", "nonce, timestamp)"), ("sign: no nonce", "timestamp)"), ("sign: nonce in lower case", "timestamp, strings.ToLower(nonce))"), ("sign: nonce cut to 32", "timestamp, nonce[:min(32, len(nonce))])")),
        **{f"sign: no body with {method}": f'	if strings.ToUpper(method) == "{method}" {{\n		body = nil\n	}}\n{_GO_SIGN}' for method in ("GET", "DELETE", "PUT", "PATCH")},
        **_sign(
            _GO_SIGN,
            "(body,",
            ("sign: body trimmed", "([]byte(strings.TrimSpace(string(body))),"),
            ("sign: body read as UTF-8 text", '([]byte(strings.ToValidUTF8(string(body), "\\ufffd")),'),
            ("sign: BOM removed", '([]byte(strings.TrimPrefix(string(body), "\\ufeff")),'),
            ("sign: CR LF to LF", '([]byte(strings.ReplaceAll(string(body), "\\r\\n", "\\n")),'),
            ("sign: body cut at NUL", '([]byte(strings.Split(string(body), "\\x00")[0]),'),
        ),
    },
    (_GO, _GO_LINES): {
        "both: last LF missing": "	return append([]byte(strings.Join(head, \"\\n\")+\"\\n\"), body...)\n",
        "both: CR LF": "	return append(append([]byte(strings.Join(head, \"\\r\\n\")+\"\\r\\n\"), body...), \"\\r\\n\"...)\n",
        "both: no LF behind an empty body": "	if len(body) == 0 {\n		return []byte(strings.Join(head, \"\\n\") + \"\\n\")\n	}\n" + _GO_LINES,
    },
    (_GO, _GO_HEADER): {
        "header: a space behind commas": _GO_HEADER.replace('",', '", '),
        "header: a space before commas": _GO_HEADER.replace('",', '" ,'),
        "header: semicolons": _GO_HEADER.replace('",', '";'),
        "header: no commas": _GO_HEADER.replace('",', '"'),
        "header: a comma at the end": _GO_HEADER.replace('"`', '",`'),
        "header: two spaces behind the scheme": _GO_HEADER.replace("%s mchid", "%s  mchid"),
        "header: brackets": _GO_HEADER.replace(" mchid", " [mchid").replace('"`', '"]`'),
        "header: single quotes": _GO_HEADER.replace('"', "'"),
        "header: no quotes": _GO_HEADER.replace('"', ""),
        "header: spaces around equals signs": _GO_HEADER.replace('="', ' = "'),
        "header: nonce for nonce_str": _GO_HEADER.replace("nonce_str", "nonce"),
    },
    (_GO, "base64.StdEncoding.EncodeToString(signature)"): {
        "sign: base64 of the URL alphabet": "base64.URLEncoding.EncodeToString(signature)",
        "sign: base64 without padding": "base64.RawStdEncoding.EncodeToString(signature)",
    },
    (_GO, 'const scheme, tolerance = "WECHATPAY2-SHA256-RSA2048", 300\n'): {f"age: {seconds} s": f'const scheme, tolerance = "WECHATPAY2-SHA256-RSA2048", {seconds}\n' for seconds in (298, 299, 301, 600)},
    (_GO, _GO_AGE): {
        "age: not looked at": "	if err != nil || !digits.MatchString(timestamp) || seconds == -1 {\n",
        "age: the past is open": _GO_AGE.replace("max(now.Unix()-seconds, seconds-now.Unix())", "seconds-now.Unix()"),
        "age: the future is open": _GO_AGE.replace("max(now.Unix()-seconds, seconds-now.Unix())", "now.Unix()-seconds"),
        "age: in milliseconds": _GO_AGE.replace("> tolerance", "> tolerance*1000"),
        "time: with a plus sign": _GO_AGE.replace("|| !digits.MatchString(timestamp) ", ""),
        "time: an error is let through": _GO_AGE.replace("err != nil || !digits.MatchString(timestamp) ||", "err == nil &&"),
    },
    (_GO, _GO_ALL): {
        **{f"missing: {name}": _GO_ALL.replace(part, "") for name, part in (("timestamp", 'timestamp == "" || '), ("nonce", 'nonce == "" || '), ("signature", 'signature == "" || '), ("serial number", ' || serial == ""'))},
        "missing: one suffices": _GO_ALL.replace("||", "&&"),
        "missing: 204 needs none": "	if status == 204 && signature == \"\" {\n		return false, nil\n	}\n" + _GO_ALL,
        "missing: an empty body needs none": "	if len(body) == 0 && signature == \"\" {\n		return false, nil\n	}\n" + _GO_ALL,
        "missing: signed 5xx is not verified": "	if status >= 500 {\n		return false, nil\n	}\n" + _GO_ALL,
        "missing: signed 4xx is not verified": "	if status/100 == 4 {\n		return false, nil\n	}\n" + _GO_ALL,
    },
    (_GO, '	if status/100 != 2 && timestamp+nonce+signature+serial == "" {\n'): {
        "status: only 200": '	if status != 200 && timestamp+nonce+signature+serial == "" {\n',
        "status: 299 is no success": '	if (status < 200 || status >= 299) && timestamp+nonce+signature+serial == "" {\n',
        "status: 300 is a success": '	if (status < 200 || status > 300) && timestamp+nonce+signature+serial == "" {\n',
        "status: an error has to be signed": "	if false {\n",
        "status: a success may be unsigned": '	if timestamp+nonce+signature+serial == "" {\n',
        "missing: an error without a signature": '	if status/100 != 2 && signature == "" {\n',
        "missing: an error without time": '	if status/100 != 2 && timestamp == "" {\n',
    },
    (_GO, '	get := func(name string) string { return strings.Join(headers.Values("Wechatpay-"+name), ", ") }\n'): {
        "twice: the first counts": '	get := func(name string) string { return headers.Get("Wechatpay-" + name) }\n',
    },
    (_GO, _GO_TWICE): {
        "twice: allowed": "	if false {\n",
        "twice: only the signature is looked at": '	if strings.Contains(signature, ", ") {\n',
        "twice: the nonce is not looked at": _GO_TWICE.replace("nonce, ", ""),
        "twice: the type is not looked at": _GO_TWICE.replace(", kind", ""),
    },
    (_GO, '	if kind != "" && kind != scheme {\n'): {
        "type: ignored": "	if false {\n",
        "type: in any case": '	if kind != "" && strings.ToUpper(kind) != scheme {\n',
        "type: absent is refused": "	if kind != scheme {\n",
        "type: only SM2 is refused": '	if strings.Contains(kind, "SM2") {\n',
    },
    (_GO, '	if strings.Contains(nonce, "\\n") { // moves a boundary of the message\n'): {"verify: a line feed in the nonce": '	if nonce == "\\n" {\n'},
    (_GO, "	key, known := keys[index(serial)]\n"): {
        "key: an unknown one is let through": "	key, known := keys[index(serial)]\n	if !known {\n		return true, nil\n	}\n",
        "key: any if unknown": "	key, known := keys[index(serial)]\n	for _, one := range keys {\n		if !known {\n			key, known = one, true\n		}\n	}\n",
        "key: a PUB_KEY_ID is let through": '	key, known := keys[index(serial)]\n	if strings.HasPrefix(serial, "PUB_KEY_ID_") {\n		return true, nil\n	}\n',
        "probe: let through": '	key, known := keys[index(serial)]\n	if strings.HasPrefix(signature, "WECHATPAY/SIGNTEST/") {\n		return true, nil\n	}\n',
    },
    (_GO, "		return strings.TrimLeft(strings.ToUpper(serial), \"0\")\n"): {
        "serial: exact text": "		return serial\n",
        "serial: text in upper case": "		return strings.ToUpper(serial)\n",
        "serial: text without leading zeros": '		return strings.TrimLeft(serial, "0")\n',
        "serial: cut": '		return strings.ToUpper(serial)[:min(38, len(serial))]\n',
    },
    (_GO, _GO_DIGEST): {
        "verify: nonce and timestamp swapped": _GO_DIGEST.replace("timestamp, nonce", "nonce, timestamp"),
        "verify: nonce in lower case": _GO_DIGEST.replace("nonce)", "strings.ToLower(nonce))"),
        "verify: nonce in upper case": _GO_DIGEST.replace("nonce)", "strings.ToUpper(nonce))"),
        "verify: body ignored": _GO_DIGEST.replace("body,", "nil,"),
        "verify: body trimmed": _GO_DIGEST.replace("body,", "[]byte(strings.TrimSpace(string(body))),"),
        "verify: body read as UTF-8 text": _GO_DIGEST.replace("body,", '[]byte(strings.ToValidUTF8(string(body), "\\ufffd")),'),
        "verify: BOM removed": _GO_DIGEST.replace("body,", '[]byte(strings.TrimPrefix(string(body), "\\ufeff")),'),
    },
    (_GO, _GO_FITS): {
        "signature: not looked at": "	if err != nil || len(raw) == 0 || key == nil || digest[0] == 0 && false {\n",
        "base64: an error is let through": "	if err == nil && rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], raw) != nil {\n",
        "signature: a long one is cut": _GO_FITS.replace("raw)", "raw[:min(256, len(raw))])"),
        "signature: a short one is filled": _GO_FITS.replace("raw)", "append(make([]byte, max(0, 256-len(raw))), raw...))"),
        "signature: PSS": "	if err != nil || rsa.VerifyPSS(key, crypto.SHA256, digest[:], raw, nil) != nil {\n",
        "signature: the hash without a name": "	if err != nil || rsa.VerifyPKCS1v15(key, crypto.Hash(0), digest[:], raw) != nil {\n",
    },
    (_GO, "	if len(key) != 32 {\n"): {
        "APIv3 key: other lengths of AES": "	if len(key) != 16 && len(key) != 24 && len(key) != 32 {\n",
        "APIv3 key: trimmed": "	key = []byte(strings.TrimSpace(string(key)))\n	if len(key) != 32 {\n",
        "APIv3 key: cut": "	key = key[:min(32, len(key))]\n	if len(key) != 32 {\n",
        "APIv3 key: 32 characters": "	if len([]rune(string(key))) != 32 {\n",
    },
    (_GO, '	if *sealed.Algorithm != "AEAD_AES_256_GCM" {\n'): {
        "algorithm: ignored": "	if false {\n",
        "algorithm: in any case": '	if strings.ToUpper(*sealed.Algorithm) != "AEAD_AES_256_GCM" {\n',
        "algorithm: any AES": '	if !strings.Contains(*sealed.Algorithm, "AES") {\n',
    },
    (_GO, _GO_SEALED): {
        "additional data: always certificate": _GO_SEALED.replace("associated)", 'append(associated[:0:0], "certificate"...))'),
        "additional data: none": _GO_SEALED.replace("associated)", "associated[:0])"),
    },
    (_GO, "		if raw, given := members[name]; given && err == nil {\n"): {
        "names: in any case": "		for other, raw := range members {\n			if strings.EqualFold(name, other) {\n				_ = json.Unmarshal(raw, member)\n			}\n		}\n		if raw, given := members[name]; given && err == nil && *member == nil {\n",
    },
    (_GO, '	if sealed.AssociatedData == nil || *sealed.AssociatedData != "certificate" || !oneCertificate.Match(text) {\n'): {
        "certificate: any additional data": "	if !oneCertificate.Match(text) {\n",
        "certificate: additional data in any case": '	if sealed.AssociatedData == nil || !strings.EqualFold(*sealed.AssociatedData, "certificate") || !oneCertificate.Match(text) {\n',
        "certificate: anywhere in the text": '	if sealed.AssociatedData == nil || *sealed.AssociatedData != "certificate" {\n',
    },
    (_GO, "			if key, is := certificate.PublicKey.(*rsa.PublicKey); is {\n"): {
        "certificate: any kind of key": "			if key, _ := certificate.PublicKey.(*rsa.PublicKey); certificate != nil {\n",
    },
    ("wechatpay/client.go", _GO_ERROR): {
        "JSON: bad UTF-8 repaired": "	if json.Unmarshal(body, &content) != nil {\n",
        "JSON: BOM dropped": "	body = bytes.TrimPrefix(body, []byte(\"\\ufeff\"))\n" + _GO_ERROR,
    },
    ("wechatpay/client.go", "	if issue == nil {\n		issue = text(inner, \"issue\")\n"): {
        "error: the inner detail is not read": "	if false {\n		issue = text(inner, \"issue\")\n",
        "error: an empty issue falls through": "	if issue == nil || *issue == \"\" {\n		issue = text(inner, \"issue\")\n",
        "error: the inner detail wins": "	if text(inner, \"issue\") != nil {\n		issue = text(inner, \"issue\")\n",
    },
    ("wechatpay/client.go", "		return &value\n"): {
        "error: empty texts are none": "		if value == \"\" {\n			return nil\n		}\n		return &value\n",
        "error: texts cut": "		value = value[:min(len(value), 9)]\n		return &value\n",
    },
    ("wechatpay/client.go", "	return at, err == nil && offset.MatchString(text)\n"): {
        "time: whatever time.Parse reads": "	return at, err == nil\n",
        "time: never read": "	return at, err == nil && text == \"\"\n",
    },
}

_JAVA = "src/main/java/cross/WechatPay.java"
_SIGNED = "src/main/java/cross/Signed.java"
_JAVA_SIGN = "    return lines(body, method.toUpperCase(Locale.ROOT), url, timestamp, nonce);\n"
_JAVA_ALL = "      if (timestamp.isEmpty() || nonce.isEmpty() || signature.isEmpty() || serial.isEmpty()) {\n"
_JAVA_HEADER = '      return "%s mchid=\\"%s\\",nonce_str=\\"%s\\",signature=\\"%s\\",timestamp=\\"%s\\",serial_no=\\"%s\\""\n'
_JAVA_AGE = '      if (!timestamp.matches("[0-9]{1,12}") || Math.abs(now - Long.parseLong(timestamp)) > TOLERANCE_SECONDS) {\n'
_JAVA_FITS = "      if (!fits(key, lines(body, timestamp, nonce), signature)) throw"
_JAVA_TWICE = '      if (String.join("\\n", timestamp, nonce, signature, serial, String.valueOf(type)).contains(", ")) {\n'
_JAVA_INDEX = '      return number ? serial.toUpperCase(Locale.ROOT).replaceFirst("^0+", "") : serial;\n'
_JAVA_VERIFY = '      Signature verifier = Signature.getInstance("SHA256withRSA");\n'
_JAVA_ONE = '    boolean isOne = "certificate".equals(associated) && new String(plaintext, StandardCharsets.UTF_8).matches(one);\n'

JAVA: Faults = {
    (_JAVA, _JAVA_SIGN): {
        **_sign(_JAVA_SIGN, "method.toUpperCase(Locale.ROOT)", ("sign: method as given", "method"), ("sign: method in lower case", "method.toLowerCase(Locale.ROOT)")),
        **_sign(
            _JAVA_SIGN,
            "url,",
            ("sign: query dropped", 'url.split("\\\\?")[0],'),
            ("sign: path and query decoded", "java.net.URLDecoder.decode(url, StandardCharsets.UTF_8),"),
            ("sign: dot segments resolved", 'url.contains("/.") ? java.net.URI.create(url).normalize().toString() : url,'),
            ("sign: doubled slashes collapsed", 'url.replaceAll("/+", "/"),'),
            ("sign: trailing slash dropped", 'url.replaceFirst("/$", ""),'),
            ("sign: empty query dropped", 'url.replaceFirst("\\\\?$", ""),'),
            ("sign: + for %20", 'url.replace("%20", "+"),'),
            ("sign: %20 for +", 'url.replace("+", "%20"),'),
            ("sign: host in front", '"https://api.mch.weixin.qq.com" + url,'),
        ),
        **_sign(_JAVA_SIGN, "timestamp, nonce)", ("sign: timestamp and nonce swapped", "nonce, timestamp)"), ("sign: no nonce", "timestamp)"), ("sign: nonce in lower case", "timestamp, nonce.toLowerCase(Locale.ROOT))")),
        **{f"sign: no body with {method}": f'    if (method.equalsIgnoreCase("{method}")) body = new byte[0];\n{_JAVA_SIGN}' for method in ("GET", "DELETE", "PUT", "PATCH")},
        **_sign(
            _JAVA_SIGN,
            "(body,",
            ("sign: body trimmed", "(new String(body, StandardCharsets.ISO_8859_1).strip().getBytes(StandardCharsets.ISO_8859_1),"),
            ("sign: body read as UTF-8 text", "(new String(body, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8),"),
            ("sign: CR LF to LF", '(new String(body, StandardCharsets.ISO_8859_1).replace("\\r\\n", "\\n").getBytes(StandardCharsets.ISO_8859_1),'),
        ),
    },
    (_JAVA, "    message.write('\\n');\n"): {"both: last LF missing": "", "both: no LF behind an empty body": "    if (body.length > 0) message.write('\\n');\n"},
    (_JAVA, _JAVA_HEADER): {
        "header: a space behind commas": _JAVA_HEADER.replace('\\",', '\\", '),
        "header: a space before commas": _JAVA_HEADER.replace('\\",', '\\" ,'),
        "header: semicolons": _JAVA_HEADER.replace('\\",', '\\";'),
        "header: no commas": _JAVA_HEADER.replace('\\",', '\\"'),
        "header: a comma at the end": _JAVA_HEADER.replace('\\""\n', '\\","\n'),
        "header: two spaces behind the scheme": _JAVA_HEADER.replace("%s mchid", "%s  mchid"),
        "header: single quotes": _JAVA_HEADER.replace('\\"', "'"),
        "header: no quotes": _JAVA_HEADER.replace('\\"', ""),
        "header: spaces around equals signs": _JAVA_HEADER.replace('=\\"', ' = \\"'),
        "header: nonce for nonce_str": _JAVA_HEADER.replace("nonce_str", "nonce"),
    },
    (_JAVA, '      Signature signer = Signature.getInstance("SHA256withRSA");\n'): {
        "sign: SHA-1": '      Signature signer = Signature.getInstance("SHA1withRSA");\n',
        "sign: SHA-512": '      Signature signer = Signature.getInstance("SHA512withRSA");\n',
    },
    (_JAVA, "      String signature = Base64.getEncoder().encodeToString(signer.sign());\n"): {
        "sign: base64 of the URL alphabet": "      String signature = Base64.getUrlEncoder().encodeToString(signer.sign());\n",
        "sign: base64 in lines": "      String signature = Base64.getMimeEncoder().encodeToString(signer.sign());\n",
    },
    (_JAVA, "  private static final long TOLERANCE_SECONDS = 300;\n"): {f"age: {seconds} s": f"  private static final long TOLERANCE_SECONDS = {seconds};\n" for seconds in (298, 299, 301, 600)},
    (_JAVA, _JAVA_AGE): {
        "age: not looked at": "      if (false) {\n",
        "age: the past is open": _JAVA_AGE.replace("Math.abs(now - Long.parseLong(timestamp))", "Long.parseLong(timestamp) - now"),
        "age: the future is open": _JAVA_AGE.replace("Math.abs(now - Long.parseLong(timestamp))", "now - Long.parseLong(timestamp)"),
        "age: in milliseconds": _JAVA_AGE.replace("> TOL", "> 1000 * TOL"),
        "time: eleven digits or more": _JAVA_AGE.replace("{1,12}", "{11,12}"),
    },
    (_JAVA, _JAVA_ALL): {
        **{f"missing: {name}": _JAVA_ALL.replace(part, "") for name, part in (("timestamp", "timestamp.isEmpty() || "), ("nonce", "nonce.isEmpty() || "), ("signature", "signature.isEmpty() || "), ("serial number", " || serial.isEmpty()"))},
        "missing: one suffices": _JAVA_ALL.replace("||", "&&"),
        "missing: 204 needs none": "      if (status == 204 && signature.isEmpty()) return false;\n" + _JAVA_ALL,
        "missing: an empty body needs none": "      if (body.length == 0 && signature.isEmpty()) return false;\n" + _JAVA_ALL,
        "missing: signed 5xx is not verified": "      if (status >= 500) return false;\n" + _JAVA_ALL,
        "missing: signed 4xx is not verified": "      if (status / 100 == 4) return false;\n" + _JAVA_ALL,
    },
    (_JAVA, "      if (status / 100 != 2 && (timestamp + nonce + signature + serial).isEmpty()) return false;\n"): {
        "status: only 200": "      if (status != 200 && (timestamp + nonce + signature + serial).isEmpty()) return false;\n",
        "status: 299 is no success": "      if ((status < 200 || status > 298) && (timestamp + nonce + signature + serial).isEmpty()) return false;\n",
        "status: 300 is a success": "      if ((status < 200 || status > 300) && (timestamp + nonce + signature + serial).isEmpty()) return false;\n",
        "status: an error has to be signed": "",
        "status: a success may be unsigned": "      if ((timestamp + nonce + signature + serial).isEmpty()) return false;\n",
        "missing: an error without a signature": "      if (status / 100 != 2 && signature.isEmpty()) return false;\n",
    },
    (_JAVA, _JAVA_TWICE): {
        "twice: allowed": "      if (false) {\n",
        "twice: only the signature is looked at": '      if (signature.contains(", ")) {\n',
        "twice: the nonce is not looked at": _JAVA_TWICE.replace("nonce, ", ""),
        "twice: the type is not looked at": _JAVA_TWICE.replace(", String.valueOf(type)", ""),
    },
    (_JAVA, "      if (type != null && !type.equals(SCHEME)) throw"): {
        "type: ignored": "      if (false) throw",
        "type: in any case": "      if (type != null && !type.equalsIgnoreCase(SCHEME)) throw",
        "type: absent is refused": "      if (!SCHEME.equals(type)) throw",
        "type: only SM2 is refused": '      if (type != null && type.contains("SM2")) throw',
    },
    (_JAVA, '      if (nonce.contains("\\n")) throw'): {"verify: a line feed in the nonce": '      if (nonce.equals("\\n")) throw'},
    (_JAVA, "      PublicKey key = keys.get(index(serial));\n"): {
        "key: an unknown one is let through": "      PublicKey key = keys.get(index(serial));\n      if (key == null) return true;\n",
        "key: any if unknown": "      PublicKey key = keys.getOrDefault(index(serial), keys.values().iterator().next());\n",
        "probe: let through": '      PublicKey key = keys.get(index(serial));\n      if (signature.startsWith("WECHATPAY/SIGNTEST/")) return true;\n',
    },
    (_JAVA, _JAVA_INDEX): {
        "serial: exact text": "      return serial;\n",
        "serial: text in upper case": "      return number ? serial.toUpperCase(Locale.ROOT) : serial;\n",
        "serial: text without leading zeros": '      return number ? serial.replaceFirst("^0+", "") : serial;\n',
        "serial: key ids in any case": '      return serial.toUpperCase(Locale.ROOT).replaceFirst("^0+", "");\n',
    },
    (_JAVA, _JAVA_FITS): {
        "signature: not looked at": "      if (signature.isEmpty()) throw",
        "verify: nonce and timestamp swapped": _JAVA_FITS.replace("timestamp, nonce", "nonce, timestamp"),
        "verify: nonce in lower case": _JAVA_FITS.replace("nonce)", "nonce.toLowerCase(Locale.ROOT))"),
        "verify: nonce in upper case": _JAVA_FITS.replace("nonce)", "nonce.toUpperCase(Locale.ROOT))"),
        "verify: body ignored": _JAVA_FITS.replace("body,", "new byte[0],"),
        "verify: body read as UTF-8 text": _JAVA_FITS.replace("body,", "new String(body, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8),"),
        "verify: body trimmed": _JAVA_FITS.replace("body,", "new String(body, StandardCharsets.ISO_8859_1).strip().getBytes(StandardCharsets.ISO_8859_1),"),
    },
    (_JAVA, _JAVA_VERIFY): {f"verify: {name}": _JAVA_VERIFY.replace("SHA256", name) for name in ("MD5", "SHA1", "SHA224", "SHA384", "SHA512")},
    (_JAVA, '    if (apiV3Key.length != 32) throw'): {
        "APIv3 key: other lengths of AES": "    if (apiV3Key.length % 8 != 0 || apiV3Key.length < 16 || apiV3Key.length > 32) throw",
        "APIv3 key: trimmed": "    apiV3Key = new String(apiV3Key, StandardCharsets.UTF_8).strip().getBytes(StandardCharsets.UTF_8);\n    if (apiV3Key.length != 32) throw",
        "APIv3 key: 32 characters": "    if (new String(apiV3Key, StandardCharsets.UTF_8).length() != 32) throw",
    },
    (_JAVA, '    if (!algorithm.equals("AEAD_AES_256_GCM")) throw'): {
        "algorithm: ignored": "    if (false) throw",
        "algorithm: in any case": '    if (!algorithm.equalsIgnoreCase("AEAD_AES_256_GCM")) throw',
        "algorithm: any AES": '    if (!algorithm.contains("AES")) throw',
    },
    (_JAVA, "      GCMParameterSpec parameters = new GCMParameterSpec(128, nonce.getBytes(StandardCharsets.UTF_8));\n"): {
        "tag: 12 bytes suffice": "      GCMParameterSpec parameters = new GCMParameterSpec(96, nonce.getBytes(StandardCharsets.UTF_8));\n",
        "GCM nonce: cut to 12": "      GCMParameterSpec parameters = new GCMParameterSpec(128, java.util.Arrays.copyOf(nonce.getBytes(StandardCharsets.UTF_8), 12));\n",
    },
    (_JAVA, "      if (associated != null) cipher.updateAAD(associated.getBytes(StandardCharsets.UTF_8));\n"): {
        "additional data: none": "",
        "additional data: always certificate": '      cipher.updateAAD("certificate".getBytes(StandardCharsets.UTF_8));\n',
    },
    (_JAVA, _JAVA_ONE): {
        "certificate: any additional data": "    boolean isOne = new String(plaintext, StandardCharsets.UTF_8).matches(one);\n",
        "certificate: anywhere in the text": '    boolean isOne = "certificate".equals(associated);\n',
    },
    (_JAVA, "    if (!(certificate.getPublicKey() instanceof RSAPublicKey)) throw"): {"certificate: any kind of key": "    if (certificate.getPublicKey() == null) throw"},
    (_SIGNED, '      if (issue == null) issue = text(object(detail.get("detail")), "issue");\n'): {
        "error: the inner detail is not read": "",
        "error: an empty issue falls through": '      if (issue == null || issue.isEmpty()) issue = text(object(detail.get("detail")), "issue");\n',
    },
    (_SIGNED, "      return is ? value.getAsString() : null;\n"): {
        "error: anything as text": "      return value != null && value.isJsonPrimitive() ? value.getAsString() : null;\n",
        "error: texts trimmed": "      return is ? value.getAsString().strip() : null;\n",
        "error: empty texts are none": "      return is && !value.getAsString().isEmpty() ? value.getAsString() : null;\n",
    },
    (_SIGNED, "        String json = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();\n"): {
        "JSON: bad UTF-8 repaired": "        String json = new String(body, StandardCharsets.UTF_8);\n        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.allocate(0));\n",
    },
    (_SIGNED, "new BigDecimal(text).longValueExact()"): {
        "amount: a fraction is cut": "new BigDecimal(text).longValue()",
        "amount: a double": "(long) Double.parseDouble(text)",
    },
    (_SIGNED, "      if (reader.peek() != token) throw"): {"text: numbers": "      if (false) throw"},
}

_TRANSPILE = """
const { readFileSync, writeFileSync } = require("fs");
const { transpileModule } = require("typescript");
const compilerOptions = { module: "ESNext", target: "ES2022" };
const { outputText } = transpileModule(readFileSync("src/wechatpay.ts", "utf8"), { compilerOptions });
writeFileSync("dist/wechatpay.js", outputText);
"""
_JAVAC = 'javac -d target/classes -cp "target/classes:target/lib/*" src/main/java/cross/WechatPay.java src/main/java/cross/Signed.java'

OTHERS: dict[str, Project] = {
    "typescript": Project(("node", "-e", _TRANSPILE), ("node", "dist/vectors.js"), TYPESCRIPT),
    "go": Project(("go", "build", "-o", "bin/", "./vectors"), ("bin/vectors",), GO),
    "java": Project(
        ("sh", "-c", _JAVAC),
        ("java", "-XX:TieredStopAtLevel=1", "-cp", "target/classes:target/lib/*", "cross.Vectors"),
        JAVA,
    ),
}
