package cross;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Serial;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * WeChat Pay APIv3 with nothing but the JDK: sign requests, verify responses, open certificates.
 * Copy it and go; spec/openapi.yaml (x-wechatpay-signature) says what it does and why.
 */
public final class WechatPay {
  static final String SCHEME = "WECHATPAY2-SHA256-RSA2048";
  private static final long TOLERANCE_SECONDS = 300;

  /** A response or a certificate which must not be used; the message is a stable reason. */
  public static final class Untrusted extends RuntimeException {
    @Serial private static final long serialVersionUID = 1;

    Untrusted(String reason) {
      super(reason);
    }
  }

  /** The text to sign; url is path and query exactly as sent. */
  public static byte[] requestMessage(String method, String url, String timestamp, String nonce, byte[] body) {
    return lines(body, method.toUpperCase(Locale.ROOT), url, timestamp, nonce);
  }

  private static byte[] lines(byte[] body, String... head) {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    message.writeBytes((String.join("\n", head) + "\n").getBytes(StandardCharsets.UTF_8));
    message.writeBytes(body);
    message.write('\n');
    return message.toByteArray();
  }

  /** Who calls; serialNo is that of the merchant API certificate. */
  public record Merchant(String mchid, String serialNo, PrivateKey key) {
    /** The value of the Authorization header. */
    public String authorization(String method, String url, String timestamp, String nonce, byte[] body)
        throws GeneralSecurityException {
      Signature signer = Signature.getInstance("SHA256withRSA");
      signer.initSign(key);
      signer.update(requestMessage(method, url, timestamp, nonce, body));
      String signature = Base64.getEncoder().encodeToString(signer.sign());
      return "%s mchid=\"%s\",nonce_str=\"%s\",signature=\"%s\",timestamp=\"%s\",serial_no=\"%s\""
          .formatted(SCHEME, mchid, nonce, signature, timestamp, serialNo);
    }
  }

  /** The platform's keys by Wechatpay-Serial: certificate serials are numbers, key ids are texts. */
  public static final class TrustedKeys {
    private final Map<String, PublicKey> keys = new HashMap<>();

    public TrustedKeys add(String serial, PublicKey key) {
      keys.put(index(serial), key);
      return this;
    }

    public TrustedKeys copy() {
      TrustedKeys copy = new TrustedKeys();
      copy.keys.putAll(keys);
      return copy;
    }

    private static String index(String serial) {
      boolean number = serial.matches("[0-9A-Fa-f]{1,40}");
      return number ? serial.toUpperCase(Locale.ROOT).replaceFirst("^0+", "") : serial;
    }

    /** Whether a signature verified the response; throws Untrusted when it must not be used. */
    public boolean verify(int status, Function<String, String> header, byte[] body, long now) {
      Function<String, String> read = header.andThen(value -> value == null ? "" : value);
      String timestamp = read.apply("Wechatpay-Timestamp");
      String nonce = read.apply("Wechatpay-Nonce");
      String signature = read.apply("Wechatpay-Signature");
      String serial = read.apply("Wechatpay-Serial");
      if (status / 100 != 2 && (timestamp + nonce + signature + serial).isEmpty()) return false;
      if (timestamp.isEmpty() || nonce.isEmpty() || signature.isEmpty() || serial.isEmpty()) {
        throw new Untrusted("missing_signature");
      }
      String type = header.apply("Wechatpay-Signature-Type");
      // Of a header that came twice the values are joined.
      if (String.join("\n", timestamp, nonce, signature, serial, String.valueOf(type)).contains(", ")) {
        throw new Untrusted("missing_signature");
      }
      // Twelve digits last for thirty thousand years and cannot overflow.
      if (!timestamp.matches("[0-9]{1,12}") || Math.abs(now - Long.parseLong(timestamp)) > TOLERANCE_SECONDS) {
        throw new Untrusted("expired_timestamp");
      }
      if (type != null && !type.equals(SCHEME)) throw new Untrusted("unsupported_signature_type");
      if (nonce.contains("\n")) throw new Untrusted("invalid_signature"); // moves a boundary of the message
      PublicKey key = keys.get(index(serial));
      if (key == null) throw new Untrusted("unknown_serial");
      if (!fits(key, lines(body, timestamp, nonce), signature)) throw new Untrusted("invalid_signature");
      return true;
    }
  }

  /** Whether the signature is the key's over the message; what is no base64 is none. */
  public static boolean fits(PublicKey key, byte[] message, String signature) {
    try {
      Signature verifier = Signature.getInstance("SHA256withRSA");
      verifier.initVerify(key);
      verifier.update(message);
      return verifier.verify(Base64.getDecoder().decode(signature));
    } catch (GeneralSecurityException | IllegalArgumentException error) {
      return false;
    }
  }

  /** Decrypt encrypt_certificate of GET /v3/certificates with the APIv3 key. */
  public static byte[] decrypt(byte[] apiV3Key, String algorithm, String nonce, String associated, String ciphertext) {
    if (apiV3Key.length != 32) throw new Untrusted("invalid_key_length");
    if (algorithm == null || nonce == null || ciphertext == null) throw new Untrusted("malformed_entry");
    if (!algorithm.equals("AEAD_AES_256_GCM")) throw new Untrusted("unsupported_algorithm");
    try {
      byte[] sealed = Base64.getDecoder().decode(ciphertext);
      if (sealed.length < 16) throw new Untrusted("malformed_entry");
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      GCMParameterSpec parameters = new GCMParameterSpec(128, nonce.getBytes(StandardCharsets.UTF_8));
      cipher.init(Cipher.DECRYPT_MODE, new SecretKeySpec(apiV3Key, "AES"), parameters);
      if (associated != null) cipher.updateAAD(associated.getBytes(StandardCharsets.UTF_8));
      return cipher.doFinal(sealed);
    } catch (GeneralSecurityException | IllegalArgumentException error) {
      throw new Untrusted("decryption_failed");
    }
  }

  /**
   * The certificate that decrypt gave. The APIv3 key encrypts notices, too: only what was encrypted
   * as a certificate, and is one from end to end, counts.
   */
  public static X509Certificate certificate(String associated, byte[] plaintext) {
    String one = "\\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\\s]*-----END CERTIFICATE-----\\s*";
    boolean isOne = "certificate".equals(associated) && new String(plaintext, StandardCharsets.UTF_8).matches(one);
    if (!isOne) throw new Untrusted("not_a_certificate");
    X509Certificate certificate = certificate(plaintext);
    if (!(certificate.getPublicKey() instanceof RSAPublicKey)) throw new Untrusted("not_a_certificate");
    return certificate;
  }

  /** Read a PEM certificate: its getPublicKey() verifies, its serial in hexadecimal names it. */
  public static X509Certificate certificate(byte[] text) {
    try {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(text));
    } catch (CertificateException error) {
      throw new Untrusted("not_a_certificate");
    }
  }

  /** Read a PKCS#8 key, which apiclient_key.pem is. */
  public static PrivateKey privateKey(String pem) throws GeneralSecurityException {
    return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(der(pem)));
  }

  public static PublicKey publicKey(String pem) throws GeneralSecurityException {
    return KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(der(pem)));
  }

  private static byte[] der(String pem) {
    return Base64.getMimeDecoder().decode(pem.replaceAll("-----.*?-----", ""));
  }
}
