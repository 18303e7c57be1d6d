package cross;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import cross.api.EcommerceRefundApi;
import cross.client.ApiClient;
import cross.client.ApiException;
import cross.client.JSON;
import cross.model.CreateReturnAdvanceRequest;
import cross.model.ReturnAdvance;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import okhttp3.OkHttpClient;

/** Create once, query as often as told, one JSON line each. */
public final class Live {
  private static final Gson GSON = new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

  private Live() {}

  private interface Call {
    ReturnAdvance run() throws ApiException;
  }

  public static void main(String[] arguments) throws Exception {
    String keyId = setting("PUBLIC_KEY_ID");
    var merchant = new WechatPay.Merchant(
        setting("MCHID"), setting("SERIAL_NO"), WechatPay.privateKey(Files.readString(Path.of(setting("PRIVATE_KEY")))));
    var trusted = new WechatPay.TrustedKeys().add(keyId, WechatPay.publicKey(Files.readString(Path.of(setting("PUBLIC_KEY")))));
    var http = new OkHttpClient.Builder().addInterceptor(new Signed(merchant, trusted, keyId)).build();
    var api = new EcommerceRefundApi(new ApiClient(http).setBasePath(setting("BASE_URL")));
    JSON.setGson(Signed.strict(JSON.getGson()));
    String refund = setting("REFUND_ID");
    String sub = setting("SUB_MCHID");
    say(() -> api.createReturnAdvance(refund, new CreateReturnAdvanceRequest().subMchid(sub), null));
    for (int count = Integer.parseInt(arguments[0]); count > 0; count--) {
      say(() -> api.queryReturnAdvance(refund, sub, null));
    }
  }

  private static void say(Call call) {
    try {
      System.out.println(JSON.getGson().toJson(call.run()));
    } catch (WechatPay.Untrusted untrusted) {
      System.out.println(GSON.toJson(Map.of("reason", untrusted.getMessage())));
    } catch (ApiException refused) {
      byte[] body = String.valueOf(refused.getResponseBody()).getBytes(StandardCharsets.UTF_8);
      Map<String, Object> answer = new HashMap<>();
      answer.put("status", refused.getCode());
      answer.put("code", Signed.Error.read(refused.getCode(), body).code());
      System.out.println(GSON.toJson(answer));
    }
  }

  private static String setting(String name) {
    String value = System.getenv("WECHATPAY_" + name);
    if (value == null) throw new IllegalStateException("WECHATPAY_" + name + " is not set");
    return value;
  }
}
