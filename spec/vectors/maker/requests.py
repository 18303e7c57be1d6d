"""Make the cases for request signing."""

from __future__ import annotations

import base64
import hashlib

from .document import (
    BYPASS,
    DOC,
    INTEROPERABILITY,
    PROJECT,
    Case,
    Group,
    Json,
    b64,
    document,
    group,
)
from .openssl import sign, verifies

FLAGS = {
    "Body": "The body is signed byte for byte as sent: spacing, key order, line ends and all.",
    "DigestOnly": "No signature is stored; compare the message, its length and its SHA-256.",
    "DoesNotVerify": "The published signature does not belong to the published key and text.",
    "Encoding": "The URL is signed in the form that goes on the wire; nothing is decoded, "
    "encoded again or normalised.",
    "MethodCase": "The caller wrote the method in lower case; message and request line have upper "
    "case. Give a signer that takes only upper case the raised method.",
    "Nonce": "Any text can be a nonce; no length or alphabet is documented.",
    "Published": "Values printed in the official documentation.",
    "Query": "The query belongs to the URL; it is neither sorted nor changed.",
    "RawBytes": "The body is not valid UTF-8. A signer works on bytes, not on text.",
    "ReturnAdvance": "One of the two operations of this specification.",
    "Timestamp": "The message and the header hold the same decimal text.",
}

GRAVITY = {
    INTEROPERABILITY: "Body DigestOnly Encoding MethodCase Nonce Published Query RawBytes "
    "ReturnAdvance Timestamp",
    BYPASS: "DoesNotVerify",
}

SCHEME = "WECHATPAY2-SHA256-RSA2048"
TIMESTAMP = "1767225600"
NONCE = "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"
CREATE = "/v3/ecommerce/refunds/50000000382019052709732678859/return-advance"
QUERY = f"{CREATE}?sub_mchid=1900000109"
SUB = b'{"sub_mchid":"1900000109"}'
OWN = {"mchid": "1900000108", "serial_no": "3D2C1B0A99887766554433221100FFEEDDCCBBAA"}
DOCS = {"mchid": "1900007291", "serial_no": "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB"}
DOCS_TIMESTAMP = "1554208460"
DOCS_NONCE = "593BEC0C930BF1AFEB40B4A08C8FB242"


def _case(
    name: str,
    comment: str,
    flags: list[str],
    method: str,
    url: str,
    body: bytes = b"",
    *,
    timestamp: str = TIMESTAMP,
    nonce: str = NONCE,
    account: dict[str, str] = OWN,
    published: str | None = None,
    digest_only: bool = False,
) -> Case:
    parts = [method.upper().encode(), url.encode(), timestamp.encode(), nonce.encode(), body]
    message = b"".join(part + b"\n" for part in parts)
    result = "valid"
    signature: str | None
    if digest_only:
        signature = None
    elif published is None:
        signature = b64(sign(message, "merchant"))
    else:
        signature = published
        good = verifies(message, base64.b64decode(published), "doc_merchant")
        result = "valid" if good else "invalid"
    authorization: Json = None
    if signature is not None:
        fields = {**account, "nonce_str": nonce, "timestamp": timestamp, "signature": signature}
        pairs = ",".join(f'{name}="{value}"' for name, value in fields.items())
        authorization = {"header": f"{SCHEME} {pairs}", "scheme": SCHEME, "fields": fields}
    return {
        "id": f"request-{name}",
        "comment": comment,
        "flags": list(flags),
        "given": {
            "method": method,
            "url": url,
            "timestamp": timestamp,
            "nonce": nonce,
            "body": b64(body),
        },
        "message": b64(message),
        "message_length": len(message),
        "message_sha256": hashlib.sha256(message).hexdigest(),
        "signature": signature,
        "authorization": authorization,
        "result": result,
    }


def _published() -> list[Group]:
    def case(name: str, comment: str, *rest: str, body: bytes = b"", published: str) -> Case:
        method, url, *extra = rest
        return _case(
            name,
            comment,
            ["Published", *extra],
            method,
            url,
            body,
            timestamp=DOCS_TIMESTAMP,
            nonce=DOCS_NONCE,
            account=DOCS,
            published=published,
        )

    shared: dict[str, Json] = {
        **DOCS,
        "private_key": None,
        "public_key": "keys/doc_merchant.pub.pem",
    }
    path = case(
        "published-path",
        "GET with a path parameter",
        "GET",
        "/v3/refund/domestic/refunds/123123123123",
        published="Lc9VXxmeonkdV8Xk9tmigQFLhl0vRWTerdmoRu01aAnYwIrD/5nsSwE1WlmZGLRlAFTNQ3QsMa0+VRDl"
        "Jp1Wp5p0nO8EK68b5sJBbjouxaFciIfq1zfDWWz+jqhcMoKXI1A6dPm1AW7D4d30WsMTNzp6g23OXakIsh9LO3lU"
        "mwvTuE0BY8ncf6tNGk4wKmvXwERd/ZpoQY3MAVKz+Nakwc+2XBmzT66KcUehU5kr4IvGa/lEU5RZb/q00zP9VLdB"
        "hC/jQSX3X1UcJLCtEc4gTmib4tnmAT+bHF/e17ZAuxDNcx6rqT8gNEXqaJGG+1OflMSTU2tpyG65G4dMKdFcoA==",
    )
    body = case(
        "published-body",
        "POST with Chinese text in the body",
        "POST",
        "/v3/pay/transactions/jsapi",
        "Body",
        body=(
            '{"appid":"wxd678efh567hg6787","mchid":"1900007291",'
            '"description":"Image形象店-深圳腾大-QQ公仔",'
            '"out_trade_no":"1217752501201407033233368018",'
            '"notify_url":"https://www.weixin.qq.com/wxpay/pay.php",'
            '"amount":{"total":100,"currency":"CNY"},'
            '"payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}'
        ).encode(),
        published="jnks4dlrPw3ZX+ozVvSK39oa0t7OMBsg83BHAwd8BRdUFiVaQNTLTvci+wURgP1OQBbKYhFGvt7iqYpD"
        "STQkp7Uq1sltaQKyncCyrA1g88m5bsKERQfPyT0ahSwKTYJ1CAn9QiJuSJRq1QsQs07eehbU/k9BCS51jTyc1Jps"
        "i2H77HF9f/BnjXAOP3/sPObg6V5Ee4EzwLox684hhuMuIwHo7D8KFk3LIHOKDcNI4It1aCXydFWNpNK+SG86VUDe"
        "5kwoDpw4Ulqfu9z8OFDGbDs9TCxEv8iqQzbpxOlEVoOe2kalSYM5kApQb3nZcxdUtoE0liJGW3RGUNE0t4v01A==",
    )
    query = case(
        "published-query",
        "GET with a percent-encoded query; the printed signature is wrong",
        "GET",
        "/v3/marketing/partnerships?limit=5&offset=10"
        "&authorized_data=%7B%22business_type%22%3A%22FAVOR_STOCK%22%2C"
        "%22stock_id%22%3A%222433405%22%7D"
        "&partner=%7B%22type%22%3A%22APPID%22%2C%22appid%22%3A%22wx4e1916a585d1f4e9%22%2C"
        "%22merchant_id%22%3A%222480029552%22%7D",
        "Query",
        "Encoding",
        "DoesNotVerify",
        published="UkBXG+nh1FdunUfB6H4t6Mp4YrDEhpA6Q+zzQb4oFONPit0yHPe6AvvM7uKExZukYNdcN0E3a31YnylN"
        "QFc1gf+so/6kJEgfYJHVhUvxWx1zTxHFahUVbp1JppHyfI2inNijq+PD4AWyC8aoGr67DZZLI0QnAOttJw5BrmPt"
        "rtyPXEy2yTbAz8v8Osix6D6odzMHgapU2STvwEizJGXTBulieEHRbu8yESbo/rAMIIlCAkngjb4lRE6HmWgNl5OS"
        "fxf84ViSnbJ8JrV3ZiRPZAj2MKDRIIngufMeW0Sr66wGPICo7wgTbRAfHbOJ9MYoJZCrRVaPrEOPmwqo6pzoXg==",
    )
    digests = [
        _case(
            f"digest-{name}",
            f"{name} with the published time and nonce",
            ["ReturnAdvance", "DigestOnly"],
            method,
            url,
            data,
            timestamp=DOCS_TIMESTAMP,
            nonce=DOCS_NONCE,
            digest_only=True,
        )
        for name, method, url, data in (
            ("query", "GET", QUERY, b""),
            ("create", "POST", CREATE, SUB),
        )
    ]
    about = "Published sample; only its public key is kept here, so verify instead of signing."
    return [
        group("published, path parameter", DOC + "4012365862", about, [path], **shared),
        group("published, body", DOC + "4012365864", about, [body], **shared),
        group("published, query", DOC + "4012365865", about, [query], **shared),
        group(
            "digests of both operations",
            PROJECT,
            "Message, length and SHA-256 of both operations under the published time and nonce.",
            digests,
            **OWN,
            private_key=None,
            public_key=None,
        ),
    ]


def _own() -> Group:
    get, post = "GET", "POST"
    long_body = b'{"sub_mchid":"' + b"1" * 8192 + b'"}'
    chinese = '{"sub_mchid":"1900000109","备注":"垫付退款回补"}'.encode()
    cases = [
        _case("create", "垫付退款回补: POST with its body", ["ReturnAdvance"], post, CREATE, SUB),
        _case("query", "查询垫付回补结果: GET with its query", ["ReturnAdvance"], get, QUERY),
        _case(
            "create-escaped-refund-id",
            "A refund number with reserved characters, encoded",
            ["ReturnAdvance", "Encoding"],
            post,
            "/v3/ecommerce/refunds/A%2FB%3FC%23D%20E/return-advance",
            SUB,
        ),
        _case("no-body", "POST without a body ends in two LF", ["Body"], post, "/v3/certificates"),
        _case("body-empty-object", "The smallest JSON object", ["Body"], post, CREATE, b"{}"),
        _case(
            "body-ends-in-lf",
            "A body that ends in LF is followed by one more",
            ["Body"],
            post,
            CREATE,
            SUB + b"\n",
        ),
        _case("body-ends-in-crlf", "CR LF stays as it is", ["Body"], post, CREATE, SUB + b"\r\n"),
        _case("body-only-lf", "A body that is one LF", ["Body"], post, CREATE, b"\n"),
        _case(
            "body-many-lines",
            "Pretty-printed JSON",
            ["Body"],
            post,
            CREATE,
            b'{\n    "sub_mchid" : "1900000109"\n}',
        ),
        _case(
            "body-leading-space",
            "Spaces around the JSON text are signed",
            ["Body"],
            post,
            CREATE,
            b"  " + SUB + b"  ",
        ),
        _case("body-non-ascii", "UTF-8 of two and three bytes", ["Body"], post, CREATE, chinese),
        _case(
            "body-escaped",
            "The same text as \\u escapes is another body",
            ["Body"],
            post,
            CREATE,
            b'{"sub_mchid":"1900000109","\\u5907\\u6ce8":"\\u57ab\\u4ed8"}',
        ),
        _case(
            "body-slashes",
            "Escaped and bare slashes are kept apart",
            ["Body"],
            post,
            CREATE,
            b'{"a":"\\/","b":"/"}',
        ),
        _case(
            "body-html-characters",
            "Characters that some encoders escape",
            ["Body"],
            post,
            CREATE,
            b'{"sub_mchid":"<&>\'+\xe2\x80\xa8"}',
        ),
        _case("body-long", "More than 8 KiB", ["Body"], post, CREATE, long_body),
        _case(
            "body-bom",
            "A byte order mark is signed, too",
            ["Body"],
            post,
            CREATE,
            b"\xef\xbb\xbf" + SUB,
        ),
        _case(
            "body-nul",
            "A zero byte does not end the body",
            ["Body", "RawBytes"],
            post,
            CREATE,
            b'{"a":"\x00"}\x00\x00',
        ),
        _case(
            "body-not-utf-8",
            "Bytes that are no UTF-8",
            ["Body", "RawBytes"],
            post,
            CREATE,
            bytes(range(128, 256)),
        ),
        _case("get-with-body", "A GET that carries a body signs it", ["Body"], get, QUERY, SUB),
        _case("method-lower", "Lower case from the caller", ["MethodCase"], "get", QUERY),
        _case("method-mixed", "Mixed case from the caller", ["MethodCase"], "Post", CREATE, SUB),
        _case("put", "Another method", [], "PUT", CREATE, SUB),
        _case("patch", "Another method", [], "PATCH", CREATE, SUB),
        _case("delete", "Another method, no body", [], "DELETE", CREATE),
        _case("delete-with-body", "A DELETE with a body signs it", ["Body"], "DELETE", CREATE, SUB),
        _case("root", "The shortest path", [], get, "/"),
        _case(
            "path-double-slash",
            "Doubled slashes are not collapsed",
            ["Encoding"],
            get,
            "/v3//certificates///",
        ),
        _case(
            "path-dot-segments",
            "Dot segments are not resolved",
            ["Encoding"],
            get,
            "/v3/a/./b/../c/..",
        ),
        _case(
            "path-escaped-dots",
            "Escaped dots and slashes are not decoded",
            ["Encoding"],
            get,
            "/v3/a/%2E%2e/b%2F%2f/c",
        ),
        _case("path-trailing-slash", "A trailing slash stays", ["Encoding"], get, CREATE + "/"),
        _case(
            "path-non-ascii",
            "Chinese in the path, encoded",
            ["Encoding"],
            get,
            "/v3/ecommerce/refunds/%E9%80%80%E6%AC%BE/return-advance",
        ),
        _case(
            "path-lower-hex",
            "Lower-case hex digits are kept",
            ["Encoding"],
            get,
            "/v3/ecommerce/refunds/%e9%80%80/return-advance",
        ),
        _case(
            "path-needless-escape",
            "An escape that was not needed is kept",
            ["Encoding"],
            get,
            "/v3/ecommerce/refunds/%35%30/return-advance",
        ),
        _case(
            "path-double-escape",
            "An escaped percent sign is kept",
            ["Encoding"],
            get,
            "/v3/ecommerce/refunds/50%2525/return-advance",
        ),
        _case(
            "path-sub-delimiters",
            "Characters a path may hold unescaped",
            ["Encoding"],
            get,
            "/v3/a-b_c.d~e!$&'()*+,;=:@",
        ),
        _case(
            "query-order", "Not sorted", ["Query"], get, f"{CREATE}?z=1&sub_mchid=1900000109&a=2"
        ),
        _case(
            "query-repeated",
            "Repeated names stay, in order",
            ["Query"],
            get,
            f"{CREATE}?a=2&a=1&b=3&a=2",
        ),
        _case(
            "query-plus",
            "A plus sign is not a space",
            ["Query", "Encoding"],
            get,
            f"{CREATE}?sub_mchid=1+1&b=1%2B1",
        ),
        _case(
            "query-space",
            "A space sent as %20",
            ["Query", "Encoding"],
            get,
            f"{CREATE}?sub_mchid=1%201",
        ),
        _case(
            "query-non-ascii",
            "Chinese in the query, encoded",
            ["Query", "Encoding"],
            get,
            f"{CREATE}?sub_mchid=%E5%95%86%E6%88%B7",
        ),
        _case(
            "query-lower-hex",
            "Lower-case hex digits are kept",
            ["Query", "Encoding"],
            get,
            f"{CREATE}?sub_mchid=%e5%95%86",
        ),
        _case(
            "query-json",
            "JSON in a query, encoded",
            ["Query", "Encoding"],
            get,
            "/v3/marketing/partnerships?limit=5&authorized_data=%7B%22stock_id%22%3A%221%22%7D",
        ),
        _case(
            "query-reserved",
            "Reserved characters sent bare",
            ["Query", "Encoding"],
            get,
            f"{CREATE}?a=/?:@!$'()*,;",
        ),
        _case(
            "query-empty",
            "A question mark with nothing behind it was sent",
            ["Query"],
            get,
            f"{CREATE}?",
        ),
        _case(
            "query-empty-value",
            "A name with an empty value",
            ["Query"],
            get,
            f"{CREATE}?sub_mchid=",
        ),
        _case(
            "query-no-value", "A name without an equals sign", ["Query"], get, f"{CREATE}?sub_mchid"
        ),
        _case("query-empty-pairs", "Empty pairs are kept", ["Query"], get, f"{CREATE}?&a=1&&b=2&"),
        _case(
            "query-second-question-mark",
            "A question mark inside the query",
            ["Query"],
            get,
            f"{CREATE}?a=b?c=d",
        ),
        _case("nonce-one-character", "The shortest", ["Nonce"], get, QUERY, nonce="0"),
        _case(
            "nonce-lower-hex",
            "32 lower-case hex digits",
            ["Nonce"],
            get,
            QUERY,
            nonce="d824f2e086d3c1df967785d13fcd22ef",
        ),
        _case(
            "nonce-uuid",
            "With hyphens",
            ["Nonce"],
            get,
            QUERY,
            nonce="6f1c2f6e-3b1d-4a52-9f0e-0c7c6d1d9a10",
        ),
        _case(
            "nonce-upper",
            "26 upper-case letters",
            ["Nonce"],
            get,
            QUERY,
            nonce="QWERTZUIOPASDFGHJKLYXCVBNM",
        ),
        _case(
            "nonce-punctuation",
            "Every character a quoted value may hold beside letters and digits",
            ["Nonce"],
            get,
            QUERY,
            nonce="!#$%&'()*+,-./:;<=>?@[]^_`{|}~",
        ),
        _case("nonce-long", "128 characters", ["Nonce"], get, QUERY, nonce="A1b2" * 32),
        _case(
            "nonce-base64", "With characters of base64", ["Nonce"], get, QUERY, nonce="q+/9Zx0Jk1=="
        ),
        _case("timestamp-old", "Nine digits", ["Timestamp"], get, QUERY, timestamp="999999999"),
        _case("timestamp-far", "Eleven digits", ["Timestamp"], get, QUERY, timestamp="10000000000"),
    ]
    return group(
        "signing",
        PROJECT,
        "Signed with the throw-away merchant key.",
        cases,
        **OWN,
        private_key="keys/merchant.key.pem",
        public_key="keys/merchant.pub.pem",
    )


def make() -> Json:
    """Build `request_signing.json`."""
    about = "From method, URL, timestamp, nonce and body to the Authorization header."
    return document("request_signing", about, FLAGS, [*_published(), _own()], GRAVITY)
