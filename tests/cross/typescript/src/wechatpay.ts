// WeChat Pay APIv3 with nothing but Node: sign requests, verify replies, open certificates, read
// errors. Copy it and go; spec/openapi.yaml (x-wechatpay-signature) says what it does and why.
import { createDecipheriv, createSign, createVerify, randomBytes, X509Certificate } from "node:crypto";
import type { KeyObject } from "node:crypto";

const SCHEME = "WECHATPAY2-SHA256-RSA2048";
const TOLERANCE_SECONDS = 300;

export interface Merchant {
  mchid: string;
  /** Serial number of the merchant API certificate. */
  serialNo: string;
  privateKey: KeyObject;
}

/** A reply or a certificate that must not be used; the reason is stable. */
export class Untrusted extends Error {
  constructor(readonly reason: string) {
    super(`not trusted: ${reason}`);
  }
}

/** One part to a line, each line ended, the bytes of the body as they are. */
function lines(head: string[], body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(head.map((part) => `${part}\n`).join("")), body, Buffer.from("\n")]);
}

export function requestMessage(method: string, url: string, timestamp: string, nonce: string, body: Uint8Array): Buffer {
  return lines([method.toUpperCase(), url, timestamp, nonce], body);
}

/** The value of the Authorization header; `url` is path and query exactly as sent. */
export function authorization(
  { mchid, serialNo, privateKey }: Merchant,
  method: string,
  url: string,
  body: Uint8Array,
  timestamp = String(Math.floor(Date.now() / 1000)),
  nonce = randomBytes(16).toString("hex"),
): string {
  const message = requestMessage(method, url, timestamp, nonce, body);
  const signature = createSign("sha256").update(message).sign(privateKey, "base64");
  return `${SCHEME} mchid="${mchid}",nonce_str="${nonce}",signature="${signature}",timestamp="${timestamp}",serial_no="${serialNo}"`;
}

/** Platform keys by serial: certificate serials are numbers, public key ids are texts. */
export class TrustedKeys {
  readonly #keys = new Map<string, KeyObject>();

  add(serial: string, key: KeyObject): this {
    this.#keys.set(TrustedKeys.#index(serial), key);
    return this;
  }

  get(serial: string): KeyObject | undefined {
    return this.#keys.get(TrustedKeys.#index(serial));
  }

  static #index(serial: string): string {
    return /^[0-9A-F]{1,40}$/i.test(serial) ? serial.toUpperCase().replace(/^0+/, "") : serial;
  }
}

/** Whether a signature proved the reply; throws Untrusted when it must not be used. */
export function verify(status: number, headers: Pick<Headers, "get">, body: Uint8Array, trusted: TrustedKeys, now: number): boolean {
  const read = (name: string) => headers.get(`Wechatpay-${name}`) ?? "";
  const [timestamp, nonce, signature, serial] = [read("Timestamp"), read("Nonce"), read("Signature"), read("Serial")];
  const isSuccess = status >= 200 && status < 300;
  if (!isSuccess && timestamp + nonce + signature + serial === "") return false;
  if (!(timestamp && nonce && signature && serial)) throw new Untrusted("missing_signature");
  // Of a header that came twice the values are joined.
  if ([timestamp, nonce, signature, serial, read("Signature-Type")].some((value) => value.includes(", "))) {
    throw new Untrusted("missing_signature");
  }
  if (!/^[0-9]+$/.test(timestamp) || Math.abs(now - Number(timestamp)) > TOLERANCE_SECONDS) {
    throw new Untrusted("expired_timestamp");
  }
  if (![null, SCHEME].includes(headers.get("Wechatpay-Signature-Type"))) {
    throw new Untrusted("unsupported_signature_type");
  }
  if (nonce.includes("\n")) throw new Untrusted("invalid_signature"); // moves a boundary of the message
  const key = trusted.get(serial);
  if (!key) throw new Untrusted("unknown_serial");
  const raw = Buffer.from(signature, "base64"); // forgives what is not base64: then it misfits
  const fits = createVerify("sha256").update(lines([timestamp, nonce], body)).verify(key, raw);
  if (!fits) throw new Untrusted("invalid_signature");
  return true;
}

/** Decrypt `encrypt_certificate` of GET /v3/certificates with the APIv3 key. */
export function decrypt(apiV3Key: Uint8Array, entry: Record<string, unknown>): Buffer {
  if (apiV3Key.length !== 32) throw new Untrusted("invalid_key_length");
  const { algorithm, nonce, associated_data: associatedData = "", ciphertext } = entry;
  if (typeof algorithm !== "string") throw new Untrusted("malformed_entry");
  if (algorithm !== "AEAD_AES_256_GCM") throw new Untrusted("unsupported_algorithm");
  const texts = typeof nonce === "string" && typeof ciphertext === "string";
  if (!texts || !(typeof associatedData === "string" || associatedData === null)) throw new Untrusted("malformed_entry");
  const sealed = Buffer.from(ciphertext, "base64");
  if (sealed.length < 16 || sealed.toString("base64") !== ciphertext) throw new Untrusted("malformed_entry");
  try {
    const cipher = createDecipheriv("aes-256-gcm", apiV3Key, Buffer.from(nonce));
    cipher.setAAD(Buffer.from(associatedData ?? "")).setAuthTag(sealed.subarray(-16));
    return Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
  } catch {
    throw new Untrusted("decryption_failed");
  }
}

export function readCertificate(text: Uint8Array): { serial: string; key: KeyObject } {
  try {
    const { serialNumber: serial, publicKey: key } = new X509Certificate(text);
    if (key.asymmetricKeyType === "rsa") return { serial, key };
  } catch {
    // Refused below.
  }
  throw new Untrusted("not_a_certificate");
}

const ONE_CERTIFICATE = /^\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]*-----END CERTIFICATE-----\s*$/;

/** Open an entry of GET /v3/certificates. The key encrypts notices, too: nothing but one certificate counts. */
export function openCertificate(apiV3Key: Uint8Array, entry: Record<string, unknown>) {
  const plaintext = decrypt(apiV3Key, entry);
  const isOne = entry["associated_data"] === "certificate" && ONE_CERTIFICATE.test(plaintext.toString());
  if (!isOne) throw new Untrusted("not_a_certificate");
  return { plaintext, ...readCertificate(plaintext) };
}

const object = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
const text = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** What an error body says; never throws, since an odd body must not hide the status. */
export function readError(body: Uint8Array) {
  let content: Record<string, unknown> = {};
  try {
    content = object(JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body)));
  } catch {
    // Not JSON: there is only the status.
  }
  const detail = object(content["detail"]);
  return {
    code: text(content["code"]),
    message: text(content["message"]),
    detail: content["detail"] ?? null,
    field: text(detail["field"]),
    issue: text(detail["issue"]) ?? text(object(detail["detail"])["issue"]),
    location: text(detail["location"]),
  };
}

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** An RFC 3339 time, or null for another text: an odd time must not cost the response. Date alone takes 30 February. */
export function readTime(time: string | null | undefined): Date | null {
  const [, year, month, day] = RFC_3339.exec(time ?? "") ?? [];
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.getUTCMonth() + 1 === Number(month) && date.getUTCDate() === Number(day) ? new Date(time!) : null;
}

/** A fetch that signs what it sends and gives back only what it could verify. */
export function signedFetch(merchant: Merchant, trusted: TrustedKeys, preferredKey: string): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { pathname, search } = new URL(request.url);
    const body = new Uint8Array(await request.clone().arrayBuffer());
    request.headers.set("Authorization", authorization(merchant, request.method, pathname + search, body));
    request.headers.set("Accept", "application/json");
    request.headers.set("User-Agent", "copy-and-go/1");
    request.headers.set("Wechatpay-Serial", preferredKey);
    const response = await fetch(request);
    const received = new Uint8Array(await response.clone().arrayBuffer());
    verify(response.status, response.headers, received, trusted, Date.now() / 1000);
    return response;
  };
}
