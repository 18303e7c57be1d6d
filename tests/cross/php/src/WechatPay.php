<?php

declare(strict_types=1);

// WeChat Pay APIv3 with PHP's own openssl: sign requests, verify responses, open certificates, read
// errors. Copy it; spec/openapi.yaml (x-wechatpay-signature) says what it does and why.

namespace WechatPay;

use JsonException;
use OpenSSLAsymmetricKey;
use OpenSSLCertificate;
use RuntimeException;
use stdClass;

const SCHEME = 'WECHATPAY2-SHA256-RSA2048';
const TOLERANCE_SECONDS = 300;

/** A response or a certificate which must not be used; the message is a stable reason. */
final class Untrusted extends RuntimeException
{
}

/** A response which is no result. Only a `verified` one is the platform's word. */
final class Refused extends RuntimeException
{
    /** Absent or odd fields are null. */
    public function __construct(
        public readonly int $status,
        public readonly bool $verified,
        public readonly ?string $errorCode,
        public readonly ?string $errorMessage,
        public readonly mixed $detail,
        public readonly ?string $field,
        public readonly ?string $issue,
        public readonly ?string $location,
    ) {
        parent::__construct("WeChat Pay answered $status $errorCode");
    }

    /** Read it. Reading never fails, because an odd body must not hide the status. */
    public static function read(int $status, bool $verified, string $body): self
    {
        $object = fn (mixed $value): stdClass => $value instanceof stdClass ? $value : new stdClass();
        $text = fn (mixed $value): ?string => is_string($value) ? $value : null;
        try {
            $content = $object(json_decode($body, false, 512, JSON_THROW_ON_ERROR));
        } catch (JsonException) {
            $content = new stdClass(); // there is only the status
        }
        $detail = $object($content->detail ?? null);
        return new self(
            $status,
            $verified,
            $text($content->code ?? null),
            $text($content->message ?? null),
            $content->detail ?? null,
            $text($detail->field ?? null),
            $text($detail->issue ?? null) ?? $text($object($detail->detail ?? null)->issue ?? null),
            $text($detail->location ?? null),
        );
    }
}

/** The text to sign; $url is path and query exactly as sent. */
function request_message(string $method, string $url, string $timestamp, string $nonce, string $body): string
{
    return strtoupper($method) . "\n$url\n$timestamp\n$nonce\n$body\n";
}

/** Who calls; $serialNo is that of the merchant API certificate. */
final class Merchant
{
    public function __construct(
        public readonly string $mchid,
        public readonly string $serialNo,
        private readonly OpenSSLAsymmetricKey $key,
    ) {
    }

    /** The value of the Authorization header. */
    public function authorization(string $method, string $url, string $timestamp, string $nonce, string $body): string
    {
        openssl_sign(request_message($method, $url, $timestamp, $nonce, $body), $raw, $this->key, OPENSSL_ALGO_SHA256);
        $signature = base64_encode($raw);
        return SCHEME . " mchid=\"$this->mchid\",nonce_str=\"$nonce\",signature=\"$signature\","
            . "timestamp=\"$timestamp\",serial_no=\"$this->serialNo\"";
    }
}

/** The platform's keys by Wechatpay-Serial: certificate serials are numbers, key ids are texts. */
final class TrustedKeys
{
    /** @var array<string, OpenSSLAsymmetricKey> */
    private array $keys = [];

    public function with(string $serial, OpenSSLAsymmetricKey $key): self
    {
        $more = clone $this;
        $more->keys[self::index($serial)] = $key;
        return $more;
    }

    private static function index(string $serial): string
    {
        // The letter keeps PHP from making a number of an index.
        $number = preg_match('/^[0-9A-Fa-f]{1,40}$/D', $serial);
        return $number ? 'n' . ltrim(strtoupper($serial), '0') : "t$serial";
    }

    /**
     * Whether a signature verified the response. One for which it throws Untrusted must not be used.
     *
     * @param callable(string): string $header joins the values of a header that came several times
     *     with ', ', and gives '' for none
     */
    public function verify(int $status, callable $header, string $body, int $now): bool
    {
        $signed = array_map(fn (string $name) => $header("Wechatpay-$name"), ['Timestamp', 'Nonce', 'Signature', 'Serial']);
        [$timestamp, $nonce, $signature, $serial] = $signed;
        $type = $header('Wechatpay-Signature-Type');
        if (($status < 200 || $status > 299) && implode('', $signed) === '') {
            return false;
        }
        if (in_array('', $signed, true) || str_contains(implode("\n", [...$signed, $type]), ', ')) {
            throw new Untrusted('missing_signature');
        }
        // Twelve digits last for thirty thousand years and cannot overflow.
        if (!preg_match('/^[0-9]{1,12}$/D', $timestamp) || abs($now - (int) $timestamp) > TOLERANCE_SECONDS) {
            throw new Untrusted('expired_timestamp');
        }
        if ($type !== '' && $type !== SCHEME) {
            throw new Untrusted('unsupported_signature_type');
        }
        if (str_contains($nonce, "\n")) {
            throw new Untrusted('invalid_signature'); // moves a boundary of the message
        }
        $key = $this->keys[self::index($serial)] ?? throw new Untrusted('unknown_serial');
        if (!fits($key, "$timestamp\n$nonce\n$body\n", $signature)) {
            throw new Untrusted('invalid_signature');
        }
        return true;
    }
}

/** Whether the signature is the key's over the message; what is no base64 is none. */
function fits(OpenSSLAsymmetricKey $key, string $message, string $signature): bool
{
    $raw = base64_decode($signature, true);
    // openssl_verify gives -1 or false for what it cannot do: neither is a 1.
    return $raw !== false && openssl_verify($message, $raw, $key, OPENSSL_ALGO_SHA256) === 1;
}

/** Decrypt encrypt_certificate of GET /v3/certificates with the APIv3 key. */
function decrypt(string $apiV3Key, stdClass $entry): string
{
    if (strlen($apiV3Key) !== 32) {
        throw new Untrusted('invalid_key_length');
    }
    $text = fn (string $name): string => is_string($entry->$name ?? null) ? $entry->$name : throw new Untrusted('malformed_entry');
    if ($text('algorithm') !== 'AEAD_AES_256_GCM') {
        throw new Untrusted('unsupported_algorithm');
    }
    $associated = isset($entry->associated_data) ? $text('associated_data') : '';
    $nonce = $text('nonce');
    $sealed = base64_decode($text('ciphertext'), true);
    // PHP would take a shorter tag for a whole one.
    if ($sealed === false || strlen($sealed) < 16 || $nonce === '') {
        throw new Untrusted('malformed_entry');
    }
    [$content, $tag] = [substr($sealed, 0, -16), substr($sealed, -16)];
    $plaintext = openssl_decrypt($content, 'aes-256-gcm', $apiV3Key, OPENSSL_RAW_DATA, $nonce, $tag, $associated);
    return $plaintext === false ? throw new Untrusted('decryption_failed') : $plaintext;
}

/**
 * Open an entry of GET /v3/certificates. The APIv3 key encrypts notices, too: nothing but one
 * certificate counts.
 *
 * @return array{string, string, OpenSSLAsymmetricKey} text, serial, key
 */
function open_certificate(string $apiV3Key, stdClass $entry): array
{
    $plaintext = decrypt($apiV3Key, $entry);
    $one = '/^\s*-----BEGIN CERTIFICATE-----[A-Za-z0-9+\/=\s]*-----END CERTIFICATE-----\s*$/D';
    if (($entry->associated_data ?? null) !== 'certificate' || !preg_match($one, $plaintext)) {
        throw new Untrusted('not_a_certificate');
    }
    return [$plaintext, ...read_certificate($plaintext)];
}

/** @return array{string, OpenSSLAsymmetricKey} serial and key of a PEM certificate */
function read_certificate(string $pem): array
{
    // PHP warns about what is no certificate, and then gives false.
    $certificate = @openssl_x509_read($pem);
    $key = $certificate instanceof OpenSSLCertificate ? @openssl_pkey_get_public($certificate) : false;
    if (!$key || openssl_pkey_get_details($key)['type'] !== OPENSSL_KEYTYPE_RSA) {
        throw new Untrusted('not_a_certificate');
    }
    return [openssl_x509_parse($certificate)['serialNumberHex'], $key];
}
