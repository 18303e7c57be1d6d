package cross;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import cross.client.JSON;
import cross.model.ReturnAdvance;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** One JSON line for each vector: what this client makes of it. */
public final class Vectors {
  private static final Gson GSON = new GsonBuilder().serializeNulls().disableHtmlEscaping().create();
  private static Path folder;

  private Vectors() {}

  private interface Program {
    Map<String, Object> to(JsonObject given, JsonObject one, JsonObject group) throws Exception;
  }

  public static void main(String[] arguments) throws Exception {
    folder = Path.of(arguments[0]);
    new JSON();
    JSON.setGson(Signed.strict(JSON.getGson()));
    each("request_signing", Vectors::request);
    each("response_verification", Vectors::response);
    each("certificate_decryption", Vectors::certificate);
    each("error_bodies", (given, one, group) -> members(Signed.Error.read(given.get("status").getAsInt(), bytes(given, "body"))));
    each("models", Vectors::model);
  }

  private static void each(String kind, Program program) throws Exception {
    JsonObject content = JsonParser.parseString(read(kind + ".json")).getAsJsonObject();
    for (JsonElement group : content.getAsJsonArray("groups")) {
      for (JsonElement one : group.getAsJsonObject().getAsJsonArray("cases")) {
        JsonObject each = one.getAsJsonObject();
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("id", text(each, "id"));
        try {
          answer.putAll(program.to(each.getAsJsonObject("given"), each, group.getAsJsonObject()));
        } catch (WechatPay.Untrusted untrusted) {
          answer.put("reason", untrusted.getMessage());
        } catch (RuntimeException error) {
          answer.put("error", String.valueOf(error.getMessage()));
        }
        System.out.println(GSON.toJson(answer));
      }
    }
  }

  private static Map<String, Object> request(JsonObject given, JsonObject one, JsonObject group) throws Exception {
    String method = text(given, "method");
    String url = text(given, "url");
    String timestamp = text(given, "timestamp");
    String nonce = text(given, "nonce");
    byte[] message = WechatPay.requestMessage(method, url, timestamp, nonce, bytes(given, "body"));
    Map<String, Object> answer = new HashMap<>(Map.of("message", Base64.getEncoder().encodeToString(message)));
    if (text(group, "private_key") != null) {
      var key = WechatPay.privateKey(read(text(group, "private_key")));
      var merchant = new WechatPay.Merchant(text(group, "mchid"), text(group, "serial_no"), key);
      answer.put("authorization", merchant.authorization(method, url, timestamp, nonce, bytes(given, "body")));
    } else if (text(one, "signature") != null) {
      PublicKey key = WechatPay.publicKey(read(text(group, "public_key")));
      answer.put("verified", WechatPay.fits(key, message, text(one, "signature")));
    }
    return answer;
  }

  private static Map<String, Object> response(JsonObject given, JsonObject one, JsonObject group) throws Exception {
    var trusted = new WechatPay.TrustedKeys();
    for (JsonElement element : group.getAsJsonArray("trusted")) {
      JsonObject entry = element.getAsJsonObject();
      String certificate = text(entry, "certificate");
      trusted.add(text(entry, "serial"), certificate == null
          ? WechatPay.publicKey(read(text(entry, "public_key")))
          : WechatPay.certificate(read(certificate).getBytes(StandardCharsets.UTF_8)).getPublicKey());
    }
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    given.getAsJsonObject("headers").entrySet().forEach(header -> headers.put(header.getKey(), joined(header.getValue())));
    long now = given.get("now").getAsLong();
    return Map.of("proven", trusted.verify(given.get("status").getAsInt(), headers::get, bytes(given, "body"), now));
  }

  private static Map<String, Object> certificate(JsonObject given, JsonObject one, JsonObject group) {
    JsonObject sealed = given.getAsJsonObject("encrypt_certificate");
    byte[] plaintext = WechatPay.decrypt(bytes(given, "api_v3_key"), member(sealed, "algorithm"),
        member(sealed, "nonce"), member(sealed, "associated_data"), member(sealed, "ciphertext"));
    Map<String, Object> answer = new HashMap<>(Map.of("plaintext", Base64.getEncoder().encodeToString(plaintext)));
    if (text(group, "reads").equals("certificate")) {
      answer.put("serial_no", WechatPay.certificate(member(sealed, "associated_data"), plaintext).getSerialNumber().toString(16));
    }
    return answer;
  }

  private static Map<String, Object> model(JsonObject given, JsonObject one, JsonObject group) throws Exception {
    String json;
    try {
      json = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes(given, "body"))).toString();
    } catch (java.nio.charset.CharacterCodingException error) {
      return Map.of("error", "not UTF-8");
    }
    ReturnAdvance read = JSON.deserialize(json, ReturnAdvance.class);
    if (read == null) return Map.of("error", "nothing there");
    Map<String, Object> model = new LinkedHashMap<>();
    model.put("refund_id", read.getRefundId());
    model.put("advance_return_id", read.getAdvanceReturnId());
    model.put("return_amount", Long.toString(read.getReturnAmount()));
    model.put("payer_mchid", read.getPayerMchid());
    model.put("payer_account", read.getPayerAccount());
    model.put("payee_mchid", read.getPayeeMchid());
    model.put("payee_account", read.getPayeeAccount());
    model.put("result", read.getResult());
    Map<String, Object> answer = new HashMap<>(Map.of("model", model));
    OffsetDateTime time = Signed.time(read.getSuccessTime());
    answer.put("success_time_utc", time == null ? null : time.toInstant().toString());
    return answer;
  }

  private static Map<String, Object> members(Signed.Error error) {
    Map<String, Object> answer = new HashMap<>();
    GSON.toJsonTree(error).getAsJsonObject().entrySet().forEach(member -> answer.put(member.getKey(), member.getValue()));
    return answer;
  }

  private static String joined(JsonElement value) {
    if (value.isJsonPrimitive()) return value.getAsString();
    return value.getAsJsonArray().asList().stream().map(JsonElement::getAsString).collect(Collectors.joining(", "));
  }

  private static String read(String name) throws Exception {
    return Files.readString(folder.resolve(name));
  }

  private static String text(JsonObject object, String name) {
    JsonElement value = object.get(name);
    return value == null || value.isJsonNull() ? null : value.getAsString();
  }

  /** A text of a vector that may hold another type on purpose. */
  private static String member(JsonObject object, String name) {
    JsonElement value = object.get(name);
    if (value == null || value.isJsonNull()) return null;
    if (!value.getAsJsonPrimitive().isString()) throw new WechatPay.Untrusted("malformed_entry");
    return value.getAsString();
  }

  private static byte[] bytes(JsonObject object, String name) {
    return Base64.getDecoder().decode(text(object, name));
  }
}
