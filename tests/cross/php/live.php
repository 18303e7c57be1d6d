<?php

declare(strict_types=1);

// Reads `create`, `query` or `certificates`, one to a line, and prints what came of it as JSON.

use GuzzleHttp\Client;
use GuzzleHttp\HandlerStack;
use GuzzleHttp\Psr7\Uri;
use OpenAPI\Client\Api\EcommerceRefundApi;
use OpenAPI\Client\ApiException;
use OpenAPI\Client\Configuration;
use OpenAPI\Client\Model\CreateReturnAdvanceRequest;
use OpenAPI\Client\Model\ReturnAdvance;
use OpenAPI\Client\ObjectSerializer;
use WechatPay\Exact;
use WechatPay\Merchant;
use WechatPay\Refused;
use WechatPay\Signed;
use WechatPay\TrustedKeys;
use WechatPay\Untrusted;

require __DIR__ . '/src/autoload.php';

function setting(string $name): string
{
    return getenv("WECHATPAY_$name") ?: throw new RuntimeException("WECHATPAY_$name is not set");
}

function connect(TrustedKeys $trusted): Signed
{
    $key = openssl_pkey_get_private(file_get_contents(setting('PRIVATE_KEY')));
    $merchant = new Merchant(setting('MCHID'), setting('SERIAL_NO'), $key);
    $check = fn (string $body) => Exact::check($body, ReturnAdvance::class);
    return new Signed($merchant, $trusted, setting('PUBLIC_KEY_ID'), new Uri(setting('BACKUP_URL')), $check);
}

$publicKey = openssl_pkey_get_public(file_get_contents(setting('PUBLIC_KEY')));
$signed = connect((new TrustedKeys())->with(setting('PUBLIC_KEY_ID'), $publicKey));
[$refund, $sub] = [setting('REFUND_ID'), setting('SUB_MCHID')];
while ($call = fgets(STDIN)) {
    $stack = HandlerStack::create();
    $stack->push($signed);
    $settings = (new Configuration())->setHost(setting('BASE_URL'));
    $api = new EcommerceRefundApi(new Client(['handler' => $stack]), $settings);
    // After `lost`, `unreadable`, `other_refund` and `reason` the outcome of a create is unknown: query.
    try {
        if (trim($call) === 'certificates') {
            $signed = connect($signed->downloadCertificates(HandlerStack::create(), setting('BASE_URL'), setting('API_V3_KEY')));
            $told = ['certificates' => true];
        } else {
            $found = trim($call) === 'create'
                ? $api->createReturnAdvance($refund, new CreateReturnAdvanceRequest(['sub_mchid' => $sub]))
                : $api->queryReturnAdvance($refund, $sub);
            // Signatures do not cover the URL: only this tells whether the response belongs to the call.
            $told = $found->getRefundId() === $refund
                ? ObjectSerializer::sanitizeForSerialization($found)
                : ['other_refund' => $found->getRefundId()];
        }
    } catch (Untrusted $untrusted) {
        $told = ['reason' => $untrusted->getMessage()];
    } catch (Refused $refused) {
        $told = ['status' => $refused->status, 'code' => $refused->errorCode, 'verified' => $refused->verified];
    } catch (UnexpectedValueException | JsonException) {
        $told = ['unreadable' => true];
    } catch (ApiException) {
        $told = ['lost' => true];
    }
    echo json_encode($told), "\n";
}
