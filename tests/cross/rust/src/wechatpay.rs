//! WeChat Pay APIv3 with OpenSSL: sign requests, verify responses, open certificates, read errors.
//! Copy it; spec/openapi.yaml (x-wechatpay-signature) says what it does and why.
use openssl::base64::{decode_block, encode_block};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{Id, PKey, Private, Public};
use openssl::sign::{Signer, Verifier};
use openssl::symm::{decrypt_aead, Cipher};
use openssl::x509::X509;
use serde_json::Value;
use std::collections::HashMap;
use std::fmt;

const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";
const TOLERANCE_SECONDS: u64 = 300;

/// A response or a certificate which must not be used; the reason is stable.
#[derive(Debug)]
pub struct Untrusted(pub &'static str);

impl fmt::Display for Untrusted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "not trusted: {}", self.0)
    }
}

impl std::error::Error for Untrusted {}

/// The text to sign; `url` is path and query exactly as sent.
pub fn request_message(method: &str, url: &str, timestamp: &str, nonce: &str, body: &[u8]) -> Vec<u8> {
    lines(&[&method.to_uppercase(), url, timestamp, nonce], body)
}

fn lines(head: &[&str], body: &[u8]) -> Vec<u8> {
    [head.join("\n").as_bytes(), b"\n", body, b"\n"].concat()
}

/// Who calls; `serial_no` is that of the merchant API certificate.
#[derive(Clone)]
pub struct Merchant {
    pub mchid: String,
    pub serial_no: String,
    pub key: PKey<Private>,
}

impl Merchant {
    /// The value of the Authorization header.
    pub fn authorization(&self, method: &str, url: &str, timestamp: &str, nonce: &str, body: &[u8]) -> Result<String, ErrorStack> {
        let mut signer = Signer::new(MessageDigest::sha256(), &self.key)?;
        let signature = encode_block(&signer.sign_oneshot_to_vec(&request_message(method, url, timestamp, nonce, body))?);
        let (mchid, serial_no) = (&self.mchid, &self.serial_no);
        Ok(format!(
            r#"{SCHEME} mchid="{mchid}",nonce_str="{nonce}",signature="{signature}",timestamp="{timestamp}",serial_no="{serial_no}""#
        ))
    }
}

/// The platform's keys by Wechatpay-Serial: certificate serials are numbers, key ids are texts.
#[derive(Clone, Default)]
pub struct TrustedKeys(HashMap<String, PKey<Public>>);

impl TrustedKeys {
    pub fn add(mut self, serial: &str, key: PKey<Public>) -> Self {
        self.0.insert(index(serial), key);
        self
    }

    /// Whether a signature verified the response. With an error the response must not be used.
    /// `header` joins the values of a header that came several times with `, `.
    pub fn verify(&self, status: u16, header: impl Fn(&str) -> Option<String>, body: &[u8], now: u64) -> Result<bool, Untrusted> {
        let [timestamp, nonce, signature, serial] =
            ["Timestamp", "Nonce", "Signature", "Serial"].map(|name| header(&format!("Wechatpay-{name}")).unwrap_or_default());
        let kind = header("Wechatpay-Signature-Type");
        let signed = [&timestamp, &nonce, &signature, &serial];
        if !(200..300).contains(&status) && signed.iter().all(|value| value.is_empty()) {
            return Ok(false);
        }
        let several = |value: &str| value.contains(", ");
        if signed.iter().any(|value| value.is_empty() || several(value)) || kind.as_deref().is_some_and(several) {
            return Err(Untrusted("missing_signature"));
        }
        let digits = timestamp.bytes().all(|byte| byte.is_ascii_digit());
        let seconds = timestamp.parse::<u64>().ok().filter(|_| digits);
        if !seconds.is_some_and(|seconds| now.abs_diff(seconds) <= TOLERANCE_SECONDS) {
            return Err(Untrusted("expired_timestamp"));
        }
        if kind.is_some_and(|kind| kind != SCHEME) {
            return Err(Untrusted("unsupported_signature_type"));
        }
        if nonce.contains('\n') {
            return Err(Untrusted("invalid_signature")); // moves a boundary of the message
        }
        let key = self.0.get(&index(&serial)).ok_or(Untrusted("unknown_serial"))?;
        if fits(key, &lines(&[&timestamp, &nonce], body), &signature) {
            return Ok(true);
        }
        Err(Untrusted("invalid_signature"))
    }
}

fn index(serial: &str) -> String {
    if (1..=40).contains(&serial.len()) && serial.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return serial.to_uppercase().trim_start_matches('0').to_owned();
    }
    serial.to_owned()
}

/// Whether the signature is the key's over the message; what is no base64 is none.
pub fn fits(key: &PKey<Public>, message: &[u8], signature: &str) -> bool {
    let verified = || {
        let raw = decode_block(signature)?;
        Verifier::new(MessageDigest::sha256(), key)?.verify_oneshot(&raw, message)
    };
    verified().unwrap_or(false)
}

/// Decrypt `encrypt_certificate` of GET /v3/certificates with the APIv3 key.
pub fn decrypt(api_v3_key: &[u8], entry: &Value) -> Result<Vec<u8>, Untrusted> {
    if api_v3_key.len() != 32 {
        return Err(Untrusted("invalid_key_length"));
    }
    let text = |name: &str| entry[name].as_str().ok_or(Untrusted("malformed_entry"));
    if text("algorithm")? != "AEAD_AES_256_GCM" {
        return Err(Untrusted("unsupported_algorithm"));
    }
    let associated = if entry["associated_data"].is_null() { "" } else { text("associated_data")? };
    let (nonce, sealed) = (text("nonce")?, decode_block(text("ciphertext")?).map_err(|_| Untrusted("malformed_entry"))?);
    let tag_at = sealed.len().checked_sub(16).ok_or(Untrusted("malformed_entry"))?;
    if nonce.is_empty() {
        return Err(Untrusted("decryption_failed"));
    }
    let (content, tag) = sealed.split_at(tag_at);
    decrypt_aead(Cipher::aes_256_gcm(), api_v3_key, Some(nonce.as_bytes()), associated.as_bytes(), content, tag)
        .map_err(|_| Untrusted("decryption_failed"))
}

/// Give text, serial and key of an entry of GET /v3/certificates. The APIv3 key encrypts notices, too:
/// nothing but one certificate counts.
pub fn open_certificate(api_v3_key: &[u8], entry: &Value) -> Result<(Vec<u8>, String, PKey<Public>), Untrusted> {
    let plaintext = decrypt(api_v3_key, entry)?;
    let is_one = std::str::from_utf8(&plaintext).ok().and_then(|text| {
        text.trim().strip_prefix("-----BEGIN CERTIFICATE-----")?.strip_suffix("-----END CERTIFICATE-----")
    });
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace() || b"+/=".contains(&byte);
    if entry["associated_data"] != "certificate" || !is_one.is_some_and(|inside| inside.bytes().all(base64)) {
        return Err(Untrusted("not_a_certificate"));
    }
    let (serial, key) = read_certificate(&plaintext)?;
    Ok((plaintext, serial, key))
}

/// Serial and key of a PEM certificate.
pub fn read_certificate(text: &[u8]) -> Result<(String, PKey<Public>), Untrusted> {
    let read = || {
        let certificate = X509::from_pem(text)?;
        let serial = certificate.serial_number().to_bn()?.to_hex_str()?.to_uppercase();
        Ok::<_, ErrorStack>((serial, certificate.public_key()?))
    };
    read().ok().filter(|(_, key)| key.id() == Id::RSA).ok_or(Untrusted("not_a_certificate"))
}

/// A response which is no result, with what its body says; absent or odd fields are None.
/// Only a `verified` one is the platform's word.
#[derive(Debug, Default)]
pub struct Refused {
    pub status: u16,
    pub verified: bool,
    pub code: Option<String>,
    pub message: Option<String>,
    pub detail: Value,
    pub field: Option<String>,
    pub issue: Option<String>,
    pub location: Option<String>,
}

impl Refused {
    /// Read it. Reading never fails, because an odd body must not hide the status.
    pub fn read(status: u16, verified: bool, body: &[u8]) -> Self {
        let content: Value = serde_json::from_slice(body).unwrap_or_default();
        let detail = &content["detail"];
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Refused {
            status,
            verified,
            code: text(&content["code"]),
            message: text(&content["message"]),
            field: text(&detail["field"]),
            issue: text(&detail["issue"]).or_else(|| text(&detail["detail"]["issue"])),
            location: text(&detail["location"]),
            detail: detail.clone(),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "WeChat Pay answered {} {}", self.status, self.code.as_deref().unwrap_or(""))
    }
}

impl std::error::Error for Refused {}
