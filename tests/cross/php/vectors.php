<?php

declare(strict_types=1);

// One JSON line for each vector: what this client makes of it. php vectors.php FOLDER

use OpenAPI\Client\Model\ReturnAdvance;
use OpenAPI\Client\ObjectSerializer;
use WechatPay\Exact;
use WechatPay\Merchant;
use WechatPay\Refused;
use WechatPay\TrustedKeys;
use WechatPay\Untrusted;

require __DIR__ . '/src/autoload.php';

function read(string $name): string
{
    return file_get_contents("{$_SERVER['argv'][1]}/$name");
}

function each(string $kind, callable $answer): void
{
    foreach (json_decode(read("$kind.json"))->groups as $group) {
        foreach ($group->cases as $one) {
            try {
                $found = $answer($one->given, $one, $group);
            } catch (Untrusted $untrusted) {
                $found = ['reason' => $untrusted->getMessage()];
            } catch (Exception $error) {
                $found = ['error' => $error->getMessage()];
            }
            echo json_encode(['id' => $one->id] + $found, JSON_THROW_ON_ERROR), "\n";
        }
    }
}

each('request_signing', function (stdClass $given, stdClass $one, stdClass $group): array {
    $parts = [$given->method, $given->url, $given->timestamp, $given->nonce, base64_decode($given->body)];
    $message = WechatPay\request_message(...$parts);
    $found = ['message' => base64_encode($message)];
    if ($group->private_key) {
        $merchant = new Merchant($group->mchid, $group->serial_no, openssl_pkey_get_private(read($group->private_key)));
        $found['authorization'] = $merchant->authorization(...$parts);
    } elseif ($one->signature) {
        $found['verified'] = WechatPay\fits(openssl_pkey_get_public(read($group->public_key)), $message, $one->signature);
    }
    return $found;
});

each('response_verification', function (stdClass $given, stdClass $one, stdClass $group): array {
    $trusted = new TrustedKeys();
    foreach ($group->trusted as $entry) {
        $key = $entry->certificate
            ? WechatPay\read_certificate(read($entry->certificate))[1]
            : openssl_pkey_get_public(read($entry->public_key));
        $trusted = $trusted->with($entry->serial, $key);
    }
    $headers = array_change_key_case((array) $given->headers);
    $header = fn (string $name): string => implode(', ', (array) ($headers[strtolower($name)] ?? []));
    return ['proven' => $trusted->verify($given->status, $header, base64_decode($given->body), $given->now)];
});

each('certificate_decryption', function (stdClass $given, stdClass $one, stdClass $group): array {
    $key = base64_decode($given->api_v3_key);
    if ($group->reads === 'text') {
        return ['plaintext' => base64_encode(WechatPay\decrypt($key, $given->encrypt_certificate))];
    }
    [$plaintext, $serial] = WechatPay\open_certificate($key, $given->encrypt_certificate);
    return ['plaintext' => base64_encode($plaintext), 'serial_no' => $serial];
});

each('error_bodies', function (stdClass $given): array {
    $read = Refused::read($given->status, false, base64_decode($given->body));
    return [
        'status' => $read->status, 'code' => $read->errorCode, 'message' => $read->errorMessage, 'detail' => $read->detail,
        'field' => $read->field, 'issue' => $read->issue, 'location' => $read->location,
    ];
});

each('models', function (stdClass $given): array {
    $data = Exact::check(base64_decode($given->body), ReturnAdvance::class);
    $read = ObjectSerializer::deserialize($data, ReturnAdvance::class);
    $instant = Exact::instant($read->getSuccessTime())?->setTimezone(new DateTimeZone('UTC'));
    $model = array_diff_key((array) ObjectSerializer::sanitizeForSerialization($read), ['success_time' => 0]);
    return [
        'model' => ['return_amount' => (string) $read->getReturnAmount()] + $model,
        'success_time_utc' => $instant?->format('Y-m-d\TH:i:s.up'),
    ];
});
