// Signs each request of the collection and verifies each response, as x-wechatpay-signature says.
// Needs Bruno's Developer Mode, for Node's crypto and for the key files.
const crypto = require("crypto");
const fs = require("fs");

const SCHEME = "WECHATPAY2-SHA256-RSA2048";
const TOLERANCE_SECONDS = 300;
const lines = (...parts) => Buffer.concat(parts.flatMap((part) => [Buffer.from(part), Buffer.from("\n")]));

/** A setting, from the terminal or from the file .env beside bruno.json. */
function setting(bru, name) {
  const value = bru.getProcessEnv(`WECHATPAY_${name}`);
  if (!value) throw new Error(`WECHATPAY_${name} is not set: paste the lines which the sandbox prints`);
  return value;
}

/** A key, from a path or from the PEM text itself. */
function pem(bru, name) {
  const value = setting(bru, name);
  return value.includes("-----BEGIN") ? value : fs.readFileSync(value, "utf8");
}

/** Sets the header Authorization. Bruno fills in variables after this script, so it does so itself. */
function sign(req, bru) {
  const url = new URL(bru.interpolate(req.getUrl()));
  const written = req.getBody({ raw: true });
  const body = written ? bru.interpolate(written) : "";
  req.setUrl(url.href);
  if (body) req.setBody(body);
  const timestamp = String(Math.floor(Date.now() / 1000));
  const nonce = crypto.randomBytes(16).toString("hex");
  const message = lines(req.getMethod(), url.pathname + url.search, timestamp, nonce, body);
  const fields = {
    mchid: setting(bru, "MCHID"),
    nonce_str: nonce,
    signature: crypto.sign("sha256", message, pem(bru, "PRIVATE_KEY")).toString("base64"),
    timestamp,
    serial_no: setting(bru, "SERIAL_NO"),
  };
  const text = Object.entries(fields).map(([name, value]) => `${name}="${value}"`);
  req.setHeader("Authorization", `${SCHEME} ${text.join(",")}`);
  req.setHeader("Wechatpay-Serial", setting(bru, "PUBLIC_KEY_ID"));
}

/** Tells whether a response is signed; throws if it has to be and is not, or if the signature is wrong. */
function verify(res, bru) {
  const names = ["timestamp", "nonce", "signature", "serial"];
  const found = names.map((name) => res.getHeader(`wechatpay-${name}`));
  const [timestamp, nonce, signature, serial] = found;
  const status = res.getStatus();
  // An unsigned error may come from anybody: it is shown, and is no evidence.
  if (found.every((value) => value === undefined) && (status < 200 || status > 299)) return false;
  if (found.some((value) => !value)) throw new Error("missing_signature");
  const age = Math.abs(Date.now() / 1000 - Number(timestamp));
  if (!/^[0-9]+$/.test(timestamp) || Math.floor(age) > TOLERANCE_SECONDS) throw new Error("expired_timestamp");
  const type = res.getHeader("wechatpay-signature-type");
  if (type !== undefined && type !== SCHEME) throw new Error("unsupported_signature_type");
  if (serial !== setting(bru, "PUBLIC_KEY_ID")) throw new Error("unknown_serial");
  const raw = Buffer.from(signature, "base64");
  const message = lines(timestamp, nonce, res.getDataBuffer());
  const spelled = raw.toString("base64") === signature && !nonce.includes("\n");
  if (!spelled || !crypto.verify("sha256", message, pem(bru, "PUBLIC_KEY"), raw)) {
    throw new Error("invalid_signature");
  }
  return true;
}

module.exports = { sign, verify };
