// Create once, query as often as told, one JSON line each: node dist/live.js QUERIES
import { createPrivateKey, createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { createClient } from "./generated/client/index.js";
import { createReturnAdvance, queryReturnAdvance } from "./generated/sdk.gen.js";
import type { ReturnAdvance } from "./generated/types.gen.js";
import { zReturnAdvance } from "./generated/zod.gen.js";
import { readError, signedFetch, TrustedKeys, Untrusted } from "./wechatpay.js";

function setting(name: string): string {
  const value = process.env[`WECHATPAY_${name}`];
  if (value === undefined) throw new Error(`WECHATPAY_${name} is not set`);
  return value;
}

const merchant = {
  mchid: setting("MCHID"),
  serialNo: setting("SERIAL_NO"),
  privateKey: createPrivateKey(readFileSync(setting("PRIVATE_KEY"))),
};
const keyId = setting("PUBLIC_KEY_ID");
const trusted = new TrustedKeys().add(keyId, createPublicKey(readFileSync(setting("PUBLIC_KEY"))));
const client = createClient({ baseUrl: setting("BASE_URL"), fetch: signedFetch(merchant, trusted, keyId) });
const path = { refund_id: setting("REFUND_ID") };
const sub_mchid = setting("SUB_MCHID");

interface Outcome {
  data?: ReturnAdvance | unknown;
  error?: unknown;
  response?: Response; // none when fetch threw: the generated client hands that on as `error`
}

async function say(call: Promise<Outcome>): Promise<void> {
  const { data, error, response } = await call;
  if (error instanceof Untrusted) console.log(JSON.stringify({ reason: error.reason }));
  else if (!response) throw error;
  else if (response.ok) console.log(JSON.stringify(zReturnAdvance.loose().parse(data)));
  else console.log(JSON.stringify({ status: response.status, code: readError(Buffer.from(JSON.stringify(error))).code }));
}

await say(createReturnAdvance({ client, path, body: { sub_mchid } }));
for (let count = Number(process.argv[2]); count > 0; count -= 1) {
  await say(queryReturnAdvance({ client, path, query: { sub_mchid } }));
}
