//! One JSON line for each vector: what this client makes of it. vectors FOLDER
use anyhow::{anyhow, Result};
use chrono::{DateTime, SecondsFormat, Utc};
use cross::wechatpay::{decrypt, fits, open_certificate, read_certificate, request_message, Merchant, Refused, TrustedKeys, Untrusted};
use openssl::base64::{decode_block, encode_block};
use openssl::pkey::{PKey, Public};
use serde_json::{json, Value};
use std::path::PathBuf;
use wechatpay_api::models::ReturnAdvance;

struct Vectors(PathBuf);

type Answer = Result<Value>;

fn main() -> Result<()> {
    let vectors = Vectors(std::env::args().nth(1).ok_or(anyhow!("which folder?"))?.into());
    vectors.each("request_signing", |group, one| vectors.request(group, one))?;
    vectors.each("response_verification", |group, one| vectors.response(group, one))?;
    vectors.each("certificate_decryption", certificate)?;
    vectors.each("error_bodies", error)?;
    vectors.each("models", model)
}

impl Vectors {
    fn read(&self, name: &Value) -> Result<Vec<u8>> {
        Ok(std::fs::read(self.0.join(text(name)?))?)
    }

    fn public_key(&self, name: &Value) -> Result<PKey<Public>> {
        Ok(PKey::public_key_from_pem(&self.read(name)?)?)
    }

    fn each(&self, kind: &str, answer: impl Fn(&Value, &Value) -> Answer) -> Result<()> {
        let content: Value = serde_json::from_slice(&self.read(&json!(format!("{kind}.json")))?)?;
        for group in list(&content["groups"]) {
            for one in list(&group["cases"]) {
                let mut found = answer(group, one).unwrap_or_else(|error| match error.downcast_ref::<Untrusted>() {
                    Some(Untrusted(reason)) => json!({ "reason": reason }),
                    None => json!({ "error": error.to_string() }),
                });
                found["id"] = one["id"].clone();
                println!("{found}");
            }
        }
        Ok(())
    }

    fn request(&self, group: &Value, one: &Value) -> Answer {
        let given = &one["given"];
        let (method, url) = (text(&given["method"])?, text(&given["url"])?);
        let (timestamp, nonce, body) = (text(&given["timestamp"])?, text(&given["nonce"])?, bytes(&given["body"])?);
        let message = request_message(method, url, timestamp, nonce, &body);
        let mut found = json!({ "message": encode_block(&message) });
        if !group["private_key"].is_null() {
            let key = PKey::private_key_from_pem(&self.read(&group["private_key"])?)?;
            let (mchid, serial_no) = (text(&group["mchid"])?.into(), text(&group["serial_no"])?.into());
            let merchant = Merchant { mchid, serial_no, key };
            found["authorization"] = json!(merchant.authorization(method, url, timestamp, nonce, &body)?);
        } else if let Some(signature) = one["signature"].as_str() {
            found["verified"] = json!(fits(&self.public_key(&group["public_key"])?, &message, signature));
        }
        Ok(found)
    }

    fn response(&self, group: &Value, one: &Value) -> Answer {
        let given = &one["given"];
        let mut trusted = TrustedKeys::default();
        for entry in list(&group["trusted"]) {
            let key = match &entry["certificate"] {
                Value::Null => self.public_key(&entry["public_key"])?,
                name => read_certificate(&self.read(name)?)?.1,
            };
            trusted = trusted.add(text(&entry["serial"])?, key);
        }
        let header = |wanted: &str| {
            let (_, value) = given["headers"].as_object()?.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
            let several = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
            Some(several.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "))
        };
        let status = given["status"].as_u64().unwrap_or_default().try_into()?;
        let now = given["now"].as_u64().unwrap_or_default();
        Ok(json!({ "proven": trusted.verify(status, header, &bytes(&given["body"])?, now)? }))
    }
}

fn certificate(group: &Value, one: &Value) -> Answer {
    let given = &one["given"];
    let (key, entry) = (bytes(&given["api_v3_key"])?, &given["encrypt_certificate"]);
    if group["reads"] == "text" {
        return Ok(json!({ "plaintext": encode_block(&decrypt(&key, entry)?) }));
    }
    let (plaintext, serial, _) = open_certificate(&key, entry)?;
    Ok(json!({ "plaintext": encode_block(&plaintext), "serial_no": serial }))
}

fn error(_: &Value, one: &Value) -> Answer {
    let status = one["given"]["status"].as_u64().unwrap_or_default().try_into()?;
    let read = Refused::read(status, false, &bytes(&one["given"]["body"])?);
    Ok(json!({
        "status": read.status, "code": read.code, "message": read.message, "detail": read.detail,
        "field": read.field, "issue": read.issue, "location": read.location,
    }))
}

fn model(_: &Value, one: &Value) -> Answer {
    let body = bytes(&one["given"]["body"])?;
    let json = &mut serde_json::Deserializer::from_slice(&body);
    let read: ReturnAdvance = serde_path_to_error::deserialize(&mut *json)?;
    json.end()?;
    let time = read.success_time.clone().flatten();
    let instant = time.and_then(|text| DateTime::parse_from_rfc3339(&text).ok());
    let mut model = serde_json::to_value(&read)?;
    model["return_amount"] = json!(read.return_amount.to_string());
    if let Some(fields) = model.as_object_mut() {
        fields.remove("success_time");
    }
    let utc = instant.map(|at| at.with_timezone(&Utc).to_rfc3339_opts(SecondsFormat::AutoSi, true));
    Ok(json!({ "model": model, "success_time_utc": utc }))
}

fn text(value: &Value) -> Result<&str> {
    value.as_str().ok_or(anyhow!("no text: {value}"))
}

fn bytes(value: &Value) -> Result<Vec<u8>> {
    Ok(decode_block(text(value)?)?)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
