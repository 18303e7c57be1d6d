package cross;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.Serial;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.UUID;
import java.util.function.Function;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Buffer;

/** Signs what the generated client sends and lets only verified results through. */
public record Signed(WechatPay.Merchant merchant, WechatPay.TrustedKeys trusted, String preferredKey, HttpUrl backup)
    implements Interceptor {
  /** A response which is no result. Only a verified one is the platform's word. */
  public static final class Refused extends RuntimeException {
    @Serial private static final long serialVersionUID = 1;

    public final transient Error error;
    public final boolean verified;

    Refused(Error error, boolean verified) {
      super("WeChat Pay answered " + error.status() + " " + error.code());
      this.error = error;
      this.verified = verified;
    }
  }

  private interface Sender {
    Response send(Request request) throws IOException;
  }

  private record Received(Response response, byte[] body, MediaType type) {}

  @Override
  public Response intercept(Chain chain) throws IOException {
    Received received = exchange(chain::proceed, chain.request());
    requireResult(trusted, received);
    return received.response.newBuilder().body(ResponseBody.create(received.body, received.type)).build();
  }

  /**
   * Download the platform's certificates and trust their keys as well. The response may be signed with
   * one of them: only who has the APIv3 key could have encrypted it.
   */
  public WechatPay.TrustedKeys downloadCertificates(OkHttpClient http, HttpUrl host, byte[] apiV3Key) throws IOException {
    Request request = new Request.Builder().url(host.resolve("/v3/certificates")).build();
    Received received = exchange(one -> http.newCall(one).execute(), request);
    WechatPay.TrustedKeys more = trusted.copy();
    if (received.response.code() == 200) {
      JsonObject content = JsonParser.parseString(new String(received.body, StandardCharsets.UTF_8)).getAsJsonObject();
      for (JsonElement entry : content.getAsJsonArray("data")) {
        JsonObject sealed = entry.getAsJsonObject().getAsJsonObject("encrypt_certificate");
        String associated = sealed.get("associated_data").getAsString();
        X509Certificate certificate = WechatPay.certificate(associated, WechatPay.decrypt(apiV3Key,
            sealed.get("algorithm").getAsString(), sealed.get("nonce").getAsString(), associated,
            sealed.get("ciphertext").getAsString()));
        more.add(certificate.getSerialNumber().toString(16), certificate.getPublicKey());
      }
    }
    requireResult(more, received);
    return more;
  }

  private static void requireResult(WechatPay.TrustedKeys trusted, Received received) {
    Headers headers = received.response.headers();
    Function<String, String> joined =
        name -> headers.values(name).isEmpty() ? null : String.join(", ", headers.values(name));
    int status = received.response.code();
    boolean verified = trusted.verify(status, joined, received.body, Instant.now().getEpochSecond());
    if (status != 200) throw new Refused(Error.read(status, received.body), verified);
  }

  /** Without a response from the first host we send once more, to the other one. */
  private Received exchange(Sender sender, Request request) throws IOException {
    try {
      return send(sender, request);
    } catch (IOException lost) {
      HttpUrl other = request.url().newBuilder().host(backup.host()).port(backup.port()).build();
      return send(sender, request.newBuilder().url(other).build());
    }
  }

  private Received send(Sender sender, Request request) throws IOException {
    Buffer body = new Buffer();
    if (request.body() != null) request.body().writeTo(body);
    String query = request.url().encodedQuery();
    String url = request.url().encodedPath() + (query == null ? "" : "?" + query);
    String timestamp = Long.toString(Instant.now().getEpochSecond());
    String nonce = UUID.randomUUID().toString().replace("-", "");
    Request.Builder signed = request.newBuilder();
    try {
      String value = merchant.authorization(request.method(), url, timestamp, nonce, body.readByteArray());
      signed.header("Authorization", value);
    } catch (GeneralSecurityException error) {
      throw new IllegalStateException(error);
    }
    signed.header("Accept", "application/json").header("User-Agent", "copy-and-go/1");
    try (Response response = sender.send(signed.header("Wechatpay-Serial", preferredKey).build())) {
      return new Received(response, response.body().bytes(), response.body().contentType());
    }
  }

  /** What an error body says; absent or odd fields are null. */
  public record Error(
      int status, String code, String message, JsonElement detail, String field, String issue, String location) {
    private static final Gson STRICT = new GsonBuilder().setStrictness(Strictness.STRICT).create();

    /** Read it; never fails, since an odd body must not hide the status. */
    public static Error read(int status, byte[] body) {
      JsonObject content = new JsonObject();
      try {
        String json = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
        content = object(STRICT.fromJson(json, JsonElement.class));
      } catch (CharacterCodingException | JsonParseException error) {
        // Not JSON: there is only the status.
      }
      JsonObject detail = object(content.get("detail"));
      String issue = text(detail, "issue");
      if (issue == null) issue = text(object(detail.get("detail")), "issue");
      JsonElement raw = content.has("detail") ? content.get("detail") : JsonNull.INSTANCE;
      return new Error(status, text(content, "code"), text(content, "message"), raw,
          text(detail, "field"), issue, text(detail, "location"));
    }

    private static JsonObject object(JsonElement value) {
      return value != null && value.isJsonObject() ? value.getAsJsonObject() : new JsonObject();
    }

    private static String text(JsonObject object, String name) {
      JsonElement value = object.get(name);
      boolean is = value != null && value.isJsonPrimitive() && value.getAsJsonPrimitive().isString();
      return is ? value.getAsString() : null;
    }
  }

  /** An RFC 3339 time, or null for another text: an odd time must not cost the response. */
  public static OffsetDateTime time(String text) {
    try {
      return text == null ? null : OffsetDateTime.parse(text);
    } catch (DateTimeParseException error) {
      return null;
    }
  }

  /**
   * Make the Gson of generated code exact. Left alone it reads 1 as "1", "888" and 8.88 as whole
   * numbers and null as no amount, and an amount beyond 64 bits wraps around.
   */
  public static Gson strict(Gson generated) {
    return generated.newBuilder()
        .setStrictness(Strictness.STRICT)
        .registerTypeAdapter(String.class, new Exact<>(JsonToken.STRING, text -> text).nullSafe())
        .registerTypeAdapter(Long.class, new Exact<>(JsonToken.NUMBER, text -> new BigDecimal(text).longValueExact()))
        .create();
  }

  private static final class Exact<T> extends TypeAdapter<T> {
    private final JsonToken token;
    private final Function<String, T> parse;

    Exact(JsonToken token, Function<String, T> parse) {
      this.token = token;
      this.parse = parse;
    }

    @Override
    public T read(JsonReader reader) throws IOException {
      if (reader.peek() != token) throw new JsonParseException(reader.getPath() + " is no " + token);
      String path = reader.getPath();
      try {
        return parse.apply(reader.nextString());
      } catch (RuntimeException error) {
        throw new JsonParseException(path + ": " + error.getMessage(), error);
      }
    }

    @Override
    public void write(JsonWriter writer, T value) throws IOException {
      if (value instanceof Number number) writer.value(number);
      else writer.value(value == null ? null : value.toString());
    }
  }
}
