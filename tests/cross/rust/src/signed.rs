//! Hangs the signer into the generated client.
use crate::wechatpay::{open_certificate, Merchant, Refused, TrustedKeys, Untrusted};
use async_trait::async_trait;
use http::{Extensions, HeaderMap};
use openssl::rand::rand_bytes;
use reqwest::{Body, Client, Method, Request, Response, Url};
use reqwest_middleware::{Error, Middleware, Next, Result};
use serde_json::Value;
use std::time::{SystemTime, UNIX_EPOCH};

/// Signs a request, verifies its response, and lets only results through. What is no result is a
/// `Refused`, what must not be used an `Untrusted`, both inside `Error::Middleware`.
#[derive(Clone)]
pub struct Signed {
    pub merchant: Merchant,
    pub trusted: TrustedKeys,
    /// The key which shall sign responses.
    pub preferred: String,
    /// The other host. Without a response from the first one we send once more, to this one.
    pub backup: Url,
}

#[async_trait]
impl Middleware for Signed {
    async fn handle(&self, request: Request, extensions: &mut Extensions, next: Next<'_>) -> Result<Response> {
        let mut other = request.try_clone().ok_or_else(|| Error::middleware(Untrusted("a body of one use")))?;
        let first = whole(next.clone().run(self.sign(request)?, extensions).await).await;
        let (status, headers, body) = match first {
            Err(Error::Reqwest(_)) => {
                other.url_mut().set_host(self.backup.host_str()).map_err(Error::middleware)?;
                let _ = other.url_mut().set_port(self.backup.port());
                whole(next.run(self.sign(other)?, extensions).await).await?
            }
            received => received?,
        };
        let verified = verify(&self.trusted, status, &headers, &body)?;
        if status != 200 {
            return Err(Error::middleware(Refused::read(status, verified, &body)));
        }
        let mut response = http::Response::new(Body::from(body));
        *response.headers_mut() = headers;
        Ok(response.into())
    }
}

impl Signed {
    fn sign(&self, mut request: Request) -> Result<Request> {
        let url = request.url();
        let target = format!("{}{}", url.path(), url.query().map(|query| format!("?{query}")).unwrap_or_default());
        let mut random = [0; 16];
        rand_bytes(&mut random).map_err(Error::middleware)?;
        let nonce: String = random.iter().map(|byte| format!("{byte:02X}")).collect();
        let body = request.body().and_then(Body::as_bytes).unwrap_or_default();
        let method = request.method().as_str();
        let authorization = self.merchant.authorization(method, &target, &now().to_string(), &nonce, body);
        let fields = [
            ("Authorization", authorization.map_err(Error::middleware)?.as_str()),
            ("Accept", "application/json"),
            ("User-Agent", "copy-and-go/1"),
            ("Wechatpay-Serial", &self.preferred),
        ]
        .map(|(name, value)| value.parse().map(|value| (name, value)));
        for field in fields {
            let (name, value) = field.map_err(|error: http::header::InvalidHeaderValue| Error::middleware(error))?;
            request.headers_mut().insert(name, value);
        }
        Ok(request)
    }

    /// Download the platform's certificates and trust their keys as well. The response may be signed
    /// with one of them: only who has the APIv3 key could have encrypted it.
    pub async fn download_certificates(&self, client: &Client, host: &Url, api_v3_key: &[u8]) -> Result<TrustedKeys> {
        let url = host.join("/v3/certificates").map_err(Error::middleware)?;
        let received = client.execute(self.sign(Request::new(Method::GET, url))?).await;
        let (status, headers, body) = whole(received.map_err(Error::from)).await?;
        let content: Value = serde_json::from_slice(&body).unwrap_or_default();
        let mut trusted = self.trusted.clone();
        for entry in content["data"].as_array().unwrap_or(&vec![]) {
            let opened = open_certificate(api_v3_key, &entry["encrypt_certificate"]);
            let (_, serial, key) = opened.map_err(Error::middleware)?;
            trusted = trusted.add(&serial, key);
        }
        let verified = verify(&trusted, status, &headers, &body)?;
        if status != 200 {
            return Err(Error::middleware(Refused::read(status, verified, &body)));
        }
        Ok(trusted)
    }
}

/// Status, headers and body, once the last byte is there.
async fn whole(received: Result<Response>) -> Result<(u16, HeaderMap, Vec<u8>)> {
    let received = received?;
    let (status, headers) = (received.status().as_u16(), received.headers().clone());
    Ok((status, headers, received.bytes().await?.to_vec()))
}

fn verify(trusted: &TrustedKeys, status: u16, headers: &HeaderMap, body: &[u8]) -> Result<bool> {
    let joined = |name: &str| {
        let values: Vec<_> = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        (!values.is_empty()).then(|| values.join(", "))
    };
    trusted.verify(status, joined, body, now()).map_err(Error::middleware)
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
