package cross;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.UUID;
import java.util.function.Function;
import okhttp3.Headers;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;
import okio.Buffer;

/** Signs what the generated client sends and gives it only what could be verified. */
public record Signed(WechatPay.Merchant merchant, WechatPay.TrustedKeys trusted, String preferredKey)
    implements Interceptor {
  @Override
  public Response intercept(Chain chain) throws IOException {
    Request request = chain.request();
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
      throw new IOException(error);
    }
    signed.header("Accept", "application/json").header("User-Agent", "copy-and-go/1");
    Response response = chain.proceed(signed.header("Wechatpay-Serial", preferredKey).build());
    try (ResponseBody content = response.body()) {
      byte[] received = content.bytes();
      Headers headers = response.headers();
      Function<String, String> joined =
          name -> headers.values(name).isEmpty() ? null : String.join(", ", headers.values(name));
      trusted.verify(response.code(), joined, received, Instant.now().getEpochSecond());
      return response.newBuilder().body(ResponseBody.create(received, content.contentType())).build();
    }
  }

  /** What an error body says; absent or odd members are null. */
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
