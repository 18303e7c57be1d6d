// wechatpay-axios-plugin, unmodified: node peer.js QUERIES REQUESTS
// Creates once, queries as told, then verifies the signed requests of a file; a line for each.
import { readFileSync } from "node:fs";
import { Formatter, Rsa, Wechatpay } from "wechatpay-axios-plugin";

const setting = (name) => process.env[`WECHATPAY_${name}`];
const say = (answer) => console.log(JSON.stringify(answer));

const client = new Wechatpay({
  baseURL: setting("BASE_URL"),
  mchid: setting("MCHID"),
  serial: setting("SERIAL_NO"),
  privateKey: readFileSync(setting("PRIVATE_KEY")),
  certs: { [setting("PUBLIC_KEY_ID")]: readFileSync(setting("PUBLIC_KEY")) },
});
const path = `/v3/ecommerce/refunds/${setting("REFUND_ID")}/return-advance`;
const sub_mchid = setting("SUB_MCHID");

async function call(response) {
  try {
    say((await response).data);
  } catch (error) {
    say({ error: error.message });
  }
}

await call(client.chain(path).post({ sub_mchid }));
for (let count = Number(process.argv[2]); count > 0; count -= 1) {
  await call(client.chain(path).get({ params: { sub_mchid } }));
}
for (const line of readFileSync(process.argv[3], "utf8").trim().split("\n")) {
  const { method, url, timestamp, nonce, body, signature, public_key } = JSON.parse(line);
  const message = Formatter.request(method, url, timestamp, nonce, body);
  say({ verified: Rsa.verify(message, signature, readFileSync(public_key)) });
}
