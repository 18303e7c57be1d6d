// One JSON line for each vector: what this client makes of it. node dist/vectors.js FOLDER
import { createPrivateKey, createPublicKey, createVerify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { zReturnAdvance } from "./generated/zod.gen.js";
import { authorization, decrypt, openCertificate, readCertificate, readError, readTime, requestMessage, TrustedKeys, Untrusted, verify } from "./wechatpay.js";

const folder = `${process.argv[2]}/`;
const read = (name: string) => readFileSync(folder + name);
const bytes = (text: string) => Buffer.from(text, "base64");
const say = (id: string, answer: object) => console.log(JSON.stringify({ id, ...answer }));

// The shape of the vectors is that of their JSON schema, which other tests check.
interface Group {
  mchid: string;
  serial_no: string;
  private_key: string | null;
  public_key: string;
  reads: "text" | "certificate";
  trusted: { serial: string; public_key: string; certificate: string | null }[];
  cases: { id: string; signature: string | null; given: Given }[];
}
interface Given {
  method: string;
  url: string;
  timestamp: string;
  nonce: string;
  body: string;
  status: number;
  headers: Record<string, string | string[]>;
  now: number;
  api_v3_key: string;
  encrypt_certificate: Record<string, unknown>;
}
type Case = Group["cases"][number];

function each(kind: string, answer: (given: Given, one: Case, group: Group) => object): void {
  const { groups } = JSON.parse(read(`${kind}.json`).toString()) as { groups: Group[] };
  for (const group of groups) {
    for (const one of group.cases) {
      try {
        say(one.id, answer(one.given, one, group));
      } catch (error) {
        say(one.id, error instanceof Untrusted ? { reason: error.reason } : { error: String(error) });
      }
    }
  }
}

each("request_signing", ({ method, url, timestamp, nonce, body }, one, group) => {
  const message = requestMessage(method, url, timestamp, nonce, bytes(body));
  const answer = { message: message.toString("base64") };
  if (group.private_key) {
    const merchant = { mchid: group.mchid, serialNo: group.serial_no, privateKey: createPrivateKey(read(group.private_key)) };
    return { ...answer, authorization: authorization(merchant, method, url, bytes(body), timestamp, nonce) };
  }
  if (one.signature === null) return answer;
  return { ...answer, verified: createVerify("sha256").update(message).verify(read(group.public_key), one.signature, "base64") };
});

each("response_verification", ({ status, headers, body, now }, _, group) => {
  const trusted = new TrustedKeys();
  for (const { serial, public_key, certificate } of group.trusted) {
    const key: KeyObject = certificate ? readCertificate(read(certificate)).key : createPublicKey(read(public_key));
    trusted.add(serial, key);
  }
  // Not of the class Headers, which refuses the line feed that one of the cases is about.
  const values = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value].flat().join(", ")]));
  const get = (name: string) => values.get(name.toLowerCase()) ?? null;
  return { proven: verify(status, { get }, bytes(body), trusted, now) };
});

each("certificate_decryption", ({ api_v3_key, encrypt_certificate }, _, group) => {
  const key = bytes(api_v3_key);
  if (group.reads === "text") return { plaintext: decrypt(key, encrypt_certificate).toString("base64") };
  const { plaintext, serial } = openCertificate(key, encrypt_certificate);
  return { plaintext: plaintext.toString("base64"), serial_no: serial };
});

each("error_bodies", ({ status, body }) => ({ status, ...readError(bytes(body)) }));

/** JSON.parse rounds whole numbers beyond 2^53; this keeps them, as BigInt. */
function parse(json: string): unknown {
  const token = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
  const marked = json.replace(token, (found) => (/^-?\d{16,}$/.test(found) ? `"\\u0000${found}"` : found));
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === "string" && /^\0-?\d+$/.test(value) ? BigInt(value.slice(1)) : value,
  );
}

each("models", ({ body }) => {
  const json = new TextDecoder("utf-8", { fatal: true }).decode(bytes(body));
  const checked = zReturnAdvance.safeParse(parse(json));
  if (!checked.success) return { error: checked.error.message };
  const { return_amount, success_time, ...rest } = checked.data;
  return {
    model: { ...rest, return_amount: String(return_amount) },
    success_time_utc: readTime(success_time)?.toISOString() ?? null,
  };
});
