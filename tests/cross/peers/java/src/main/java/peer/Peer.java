package peer;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.wechat.pay.java.core.RSAPublicKeyConfig;
import com.wechat.pay.java.core.cipher.RSAVerifier;
import com.wechat.pay.java.core.http.DefaultHttpClientBuilder;
import com.wechat.pay.java.core.util.PemUtil;
import com.wechat.pay.java.service.ecommercerefund.EcommerceRefundService;
import com.wechat.pay.java.service.ecommercerefund.model.CreateReturnAdvanceRequest;
import com.wechat.pay.java.service.ecommercerefund.model.QueryReturnAdvanceRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;

/**
 * The official SDK's service, unmodified: Peer QUERIES REQUESTS. Creates once, queries as told,
 * then verifies the signed requests of a file; a line for each.
 */
public final class Peer {
  private static final Gson GSON = new Gson();

  private Peer() {}

  public static void main(String[] arguments) throws Exception {
    HttpUrl sandbox = HttpUrl.get(setting("BASE_URL"));
    // The SDK knows two hosts; its public setting for another way there is the OkHttp client.
    OkHttpClient http = new OkHttpClient.Builder()
        .addInterceptor(chain -> chain.proceed(chain.request().newBuilder()
            .url(chain.request().url().newBuilder().scheme(sandbox.scheme()).host(sandbox.host()).port(sandbox.port()).build())
            .build()))
        .build();
    var config = new RSAPublicKeyConfig.Builder()
        .merchantId(setting("MCHID"))
        .merchantSerialNumber(setting("SERIAL_NO"))
        .privateKeyFromPath(setting("PRIVATE_KEY"))
        .publicKeyFromPath(setting("PUBLIC_KEY"))
        .publicKeyId(setting("PUBLIC_KEY_ID"))
        .apiV3Key(setting("API_V3_KEY"))
        .build();
    var client = new DefaultHttpClientBuilder().config(config).okHttpClient(http).build();
    var service = new EcommerceRefundService.Builder().httpClient(client).build();

    var create = new CreateReturnAdvanceRequest();
    create.setRefundId(setting("REFUND_ID"));
    create.setSubMchid(setting("SUB_MCHID"));
    var query = new QueryReturnAdvanceRequest();
    query.setRefundId(setting("REFUND_ID"));
    query.setSubMchid(setting("SUB_MCHID"));
    call(() -> service.createReturnAdvance(create));
    for (int count = Integer.parseInt(arguments[0]); count > 0; count--) {
      call(() -> service.queryReturnAdvance(query));
    }
    for (String line : Files.readAllLines(Path.of(arguments[1]))) {
      JsonObject request = GSON.fromJson(line, JsonObject.class);
      String serial = text(request, "serial");
      var verifier = new RSAVerifier(PemUtil.loadPublicKeyFromPath(text(request, "public_key")), serial);
      String message = String.join("\n", text(request, "method"), text(request, "url"),
          text(request, "timestamp"), text(request, "nonce"), text(request, "body"), "");
      say(Map.of("verified", verifier.verify(serial, message, text(request, "signature"))));
    }
  }

  private static void call(Supplier<Object> call) {
    try {
      say(call.get());
    } catch (RuntimeException error) {
      say(Map.of("error", error.toString()));
    }
  }

  private static void say(Object answer) {
    System.out.println(GSON.toJson(answer));
  }

  private static String text(JsonObject object, String name) {
    return object.get(name).getAsString();
  }

  private static String setting(String name) {
    return System.getenv("WECHATPAY_" + name);
  }
}
