// Reads `create`, `query` or `certificates`, one to a line, and prints what came of it as JSON.
import { createPrivateKey, createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { createClient } from "./generated/client/index.js";
import { createReturnAdvance, queryReturnAdvance } from "./generated/sdk.gen.js";
import { zReturnAdvance } from "./generated/zod.gen.js";
import { downloadCertificates, Refused, signedFetch, TrustedKeys, Untrusted } from "./wechatpay.js";
import type { Connection } from "./wechatpay.js";

function setting(name: string): string {
  const value = process.env[`WECHATPAY_${name}`];
  if (value === undefined) throw new Error(`WECHATPAY_${name} is not set`);
  return value;
}

const preferredKey = setting("PUBLIC_KEY_ID");
const connection: Connection = {
  merchant: {
    mchid: setting("MCHID"),
    serialNo: setting("SERIAL_NO"),
    privateKey: createPrivateKey(readFileSync(setting("PRIVATE_KEY"))),
  },
  trusted: new TrustedKeys().add(preferredKey, createPublicKey(readFileSync(setting("PUBLIC_KEY")))),
  preferredKey,
  backupUrl: setting("BACKUP_URL"),
};
const baseUrl = setting("BASE_URL");
const path = { refund_id: setting("REFUND_ID") };
const sub_mchid = setting("SUB_MCHID");

/** After `lost`, `unreadable`, `other_refund` and `reason` the outcome of a create is unknown: query. */
async function told(call: string): Promise<object> {
  const client = createClient({ baseUrl, fetch: signedFetch(connection) });
  try {
    // The generated client hands on as `error` what its fetch throws.
    const { data, error } = call === "create"
      ? await createReturnAdvance({ client, path, body: { sub_mchid } })
      : await queryReturnAdvance({ client, path, query: { sub_mchid } });
    const failure: unknown = error;
    if (failure instanceof Untrusted) return { reason: failure.reason };
    if (failure instanceof Refused) return { status: failure.status, code: failure.code, verified: failure.verified };
    if (failure !== undefined) return { lost: true };
    const found = zReturnAdvance.loose().parse(data);
    // Signatures do not cover the URL: only this tells whether the response belongs to the call.
    return found.refund_id === path.refund_id ? found : { other_refund: found.refund_id };
  } catch {
    return { unreadable: true }; // no JSON, or a ZodError
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line === "certificates") {
    connection.trusted = await downloadCertificates(connection, baseUrl, Buffer.from(setting("API_V3_KEY")));
    console.log(JSON.stringify({ certificates: true }));
  } else {
    console.log(JSON.stringify(await told(line)));
  }
}
