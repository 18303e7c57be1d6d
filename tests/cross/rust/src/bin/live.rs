//! Reads `create`, `query` or `certificates`, one to a line, and prints what came of it as JSON.
use anyhow::{Context, Result};
use cross::signed::Signed;
use cross::wechatpay::{Merchant, Refused, TrustedKeys, Untrusted};
use openssl::pkey::PKey;
use reqwest::Client;
use reqwest_middleware::ClientBuilder;
use serde_json::{json, Value};
use std::time::Duration;
use wechatpay_api::apis::configuration::Configuration;
use wechatpay_api::apis::ecommerce_refund_api::{create_return_advance, query_return_advance};
use wechatpay_api::apis::Error;
use wechatpay_api::models::{CreateReturnAdvanceRequest, ReturnAdvance};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let preferred = setting("PUBLIC_KEY_ID")?;
    let key = PKey::public_key_from_pem(&std::fs::read(setting("PUBLIC_KEY")?)?)?;
    let merchant = Merchant {
        mchid: setting("MCHID")?,
        serial_no: setting("SERIAL_NO")?,
        key: PKey::private_key_from_pem(&std::fs::read(setting("PRIVATE_KEY")?)?)?,
    };
    let trusted = TrustedKeys::default().add(&preferred, key);
    let mut signed = Signed { merchant, trusted, preferred, backup: setting("BACKUP_URL")?.parse()? };
    let http = Client::builder().timeout(Duration::from_secs(10)).build()?;
    let (refund, sub) = (setting("REFUND_ID")?, setting("SUB_MCHID")?);
    for call in std::io::stdin().lines() {
        let client = ClientBuilder::new(http.clone()).with(signed.clone()).build();
        let settings = Configuration { base_path: setting("BASE_URL")?, client, ..Configuration::default() };
        let found = match call?.as_str() {
            "create" => told(create_return_advance(&settings, &refund, CreateReturnAdvanceRequest::new(sub.clone()), None).await, &refund),
            "query" => told(query_return_advance(&settings, &refund, &sub, None).await, &refund),
            _ => {
                let key = setting("API_V3_KEY")?;
                signed.trusted = signed.download_certificates(&http, &setting("BASE_URL")?.parse()?, key.as_bytes()).await?;
                json!({ "certificates": true })
            }
        };
        println!("{found}");
    }
    Ok(())
}

/// After `lost`, `unreadable`, `other_refund` and `reason` the outcome of a create is unknown: query.
fn told<E>(outcome: std::result::Result<ReturnAdvance, Error<E>>, refund: &str) -> Value {
    match outcome {
        // Signatures do not cover the URL: only this tells whether the response belongs to the call.
        Ok(found) if found.refund_id != refund => json!({ "other_refund": found.refund_id }),
        Ok(found) => json!(found),
        Err(Error::ReqwestMiddleware(reqwest_middleware::Error::Middleware(error))) => {
            if let Some(refused) = error.downcast_ref::<Refused>() {
                json!({ "status": refused.status, "code": refused.code, "verified": refused.verified })
            } else if let Some(Untrusted(reason)) = error.downcast_ref() {
                json!({ "reason": reason })
            } else {
                json!({ "error": error.to_string() })
            }
        }
        Err(Error::Serde(_)) => json!({ "unreadable": true }),
        Err(_) => json!({ "lost": true }),
    }
}

fn setting(name: &str) -> Result<String> {
    std::env::var(format!("WECHATPAY_{name}")).with_context(|| format!("WECHATPAY_{name} is not set"))
}
