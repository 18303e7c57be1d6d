// WeChat Pay APIv3 with nothing but Node: sign requests, verify responses, open certificates, read
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

/** A response or a certificate which must not be used; the reason is stable. */
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
  readonly #keys: Map<string, KeyObject>;

  constructor(known?: TrustedKeys) {
    this.#keys = new Map(known ? known.#keys : []);
  }

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

/** Whether a signature verified the response; throws Untrusted when it must not be used. */
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

/** A response which is no result. Only a `verified` one is the platform's word. */
export class Refused extends Error {
  readonly code: string | null;

  constructor(readonly status: number, readonly verified: boolean, readonly body: Uint8Array) {
    const { code } = readError(body);
    super(`WeChat Pay answered ${status} ${code ?? ""}`);
    this.code = code;
  }
}

export interface Connection {
  merchant: Merchant;
  trusted: TrustedKeys;
  /** The key which shall sign responses. */
  preferredKey: string;
  /** The other host. Without a response from the first one we send once more, to this one. */
  backupUrl: string;
}

/** Send a request, and give what came back once the last byte is there. */
async function exchange({ merchant, preferredKey, backupUrl }: Connection, request: Request) {
  const body = new Uint8Array(await request.arrayBuffer());
  const send = async (url: URL) => {
    const headers = new Headers(request.headers);
    headers.set("Authorization", authorization(merchant, request.method, url.pathname + url.search, body));
    headers.set("Accept", "application/json");
    headers.set("User-Agent", "copy-and-go/1");
    headers.set("Wechatpay-Serial", preferredKey);
    const content = body.length > 0 ? body : null;
    const response = await fetch(url, { method: request.method, headers, body: content, signal: AbortSignal.timeout(10_000) });
    return { response, received: new Uint8Array(await response.arrayBuffer()) };
  };
  const url = new URL(request.url);
  try {
    return await send(url);
  } catch {
    url.host = new URL(backupUrl).host;
    return send(url);
  }
}

/** A fetch that signs what it sends and lets only verified results through. */
export function signedFetch(connection: Connection): typeof fetch {
  return async (input, init) => {
    const { response, received } = await exchange(connection, new Request(input, init));
    const verified = verify(response.status, response.headers, received, connection.trusted, Date.now() / 1000);
    if (response.status !== 200) throw new Refused(response.status, verified, received);
    return new Response(received, response);
  };
}

/**
 * Download the platform's certificates and trust their keys as well. The response may be signed with
 * one of them: only who has the APIv3 key could have encrypted it.
 */
export async function downloadCertificates(connection: Connection, baseUrl: string, apiV3Key: Uint8Array): Promise<TrustedKeys> {
  const { response, received } = await exchange(connection, new Request(new URL("/v3/certificates", baseUrl)));
  const trusted = new TrustedKeys(connection.trusted);
  if (response.status === 200) {
    const { data } = JSON.parse(Buffer.from(received).toString()) as { data: { encrypt_certificate: Record<string, unknown> }[] };
    for (const entry of data) {
      const { serial, key } = openCertificate(apiV3Key, entry.encrypt_certificate);
      trusted.add(serial, key);
    }
  }
  const verified = verify(response.status, response.headers, received, trusted, Date.now() / 1000);
  if (response.status !== 200) throw new Refused(response.status, verified, received);
  return trusted;
}
