package cross;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import cross.api.EcommerceRefundApi;
import cross.client.ApiClient;
import cross.client.ApiException;
import cross.client.JSON;
import cross.model.CreateReturnAdvanceRequest;
import cross.model.ReturnAdvance;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;

/** Reads create, query or certificates, one to a line, and prints what came of it as JSON. */
public final class Live {
  private static final Gson GSON = new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

  private Live() {}

  public static void main(String[] arguments) throws Exception {
    String keyId = setting("PUBLIC_KEY_ID");
    var merchant = new WechatPay.Merchant(
        setting("MCHID"), setting("SERIAL_NO"), WechatPay.privateKey(Files.readString(Path.of(setting("PRIVATE_KEY")))));
    var trusted = new WechatPay.TrustedKeys().add(keyId, WechatPay.publicKey(Files.readString(Path.of(setting("PUBLIC_KEY")))));
    HttpUrl host = HttpUrl.get(setting("BASE_URL"));
    HttpUrl backup = HttpUrl.get(setting("BACKUP_URL"));
    // OkHttp would send once more by itself, under the same signature.
    var http = new OkHttpClient.Builder().retryOnConnectionFailure(false).build();
    new JSON();
    JSON.setGson(Signed.strict(JSON.getGson()));
    var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String call = lines.readLine(); call != null; call = lines.readLine()) {
      var signed = new Signed(merchant, trusted, keyId, backup);
      if (call.equals("certificates")) {
        trusted = signed.downloadCertificates(http, host, setting("API_V3_KEY").getBytes(StandardCharsets.UTF_8));
        System.out.println(GSON.toJson(Map.of("certificates", true)));
      } else {
        var client = new ApiClient(http.newBuilder().addInterceptor(signed).build()).setBasePath(setting("BASE_URL"));
        System.out.println(told(new EcommerceRefundApi(client), call));
      }
    }
  }

  /** After lost, unreadable, other_refund and reason the outcome of a create is unknown: query. */
  private static String told(EcommerceRefundApi api, String call) {
    String refund = setting("REFUND_ID");
    String sub = setting("SUB_MCHID");
    try {
      ReturnAdvance found = call.equals("create")
          ? api.createReturnAdvance(refund, new CreateReturnAdvanceRequest().subMchid(sub), null)
          : api.queryReturnAdvance(refund, sub, null);
      // Signatures do not cover the URL: only this tells whether the response belongs to the call.
      if (found.getRefundId().equals(refund)) return JSON.getGson().toJson(found);
      return GSON.toJson(Map.of("other_refund", found.getRefundId()));
    } catch (WechatPay.Untrusted untrusted) {
      return GSON.toJson(Map.of("reason", untrusted.getMessage()));
    } catch (Signed.Refused refused) {
      Map<String, Object> answer = new HashMap<>();
      answer.put("status", refused.error.status());
      answer.put("code", refused.error.code());
      answer.put("verified", refused.verified);
      return GSON.toJson(answer);
    } catch (JsonParseException | IllegalArgumentException unreadable) {
      return GSON.toJson(Map.of("unreadable", true));
    } catch (ApiException lost) {
      return GSON.toJson(Map.of("lost", true));
    }
  }

  private static String setting(String name) {
    String value = System.getenv("WECHATPAY_" + name);
    if (value == null) throw new IllegalStateException("WECHATPAY_" + name + " is not set");
    return value;
  }
}
