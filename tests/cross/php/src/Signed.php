<?php

declare(strict_types=1);

namespace WechatPay;

use Closure;
use GuzzleHttp\Exception\ConnectException;
use GuzzleHttp\Exception\RequestException;
use GuzzleHttp\Promise\PromiseInterface;
use GuzzleHttp\Psr7\Request;
use GuzzleHttp\Psr7\Uri;
use Psr\Http\Message\RequestInterface;
use Psr\Http\Message\ResponseInterface;

/**
 * Guzzle middleware: signs a request, verifies its response, and lets only results through. What is
 * no result becomes Refused, what must not be used Untrusted.
 */
final class Signed
{
    /**
     * @param Closure(string): void $check looks at the JSON of a result before it is mapped
     */
    public function __construct(
        private readonly Merchant $merchant,
        private readonly TrustedKeys $trusted,
        private readonly string $preferredKey,
        private readonly Uri $backup,
        private readonly Closure $check,
    ) {
    }

    public function __invoke(callable $handler): Closure
    {
        return function (RequestInterface $request, array $options) use ($handler): PromiseInterface {
            // Refused says more than the exceptions that Guzzle makes of a status.
            $options['http_errors'] = false;
            $options += ['timeout' => 10];
            // curl sends once more, under the same nonce, when a kept connection turns out to be closed.
            $options['curl'][CURLOPT_FORBID_REUSE] = true;
            $send = fn (RequestInterface $one) => $handler($this->sign($one), $options);
            return $send($request)->otherwise(function (mixed $reason) use ($send, $request): PromiseInterface {
                $lost = $reason instanceof ConnectException || $reason instanceof RequestException;
                if (!$lost) {
                    throw $reason;
                }
                $other = $request->getUri()->withHost($this->backup->getHost())->withPort($this->backup->getPort());
                return $send($request->withUri($other));
            })->then($this->result(...));
        };
    }

    private function sign(RequestInterface $request): RequestInterface
    {
        [$timestamp, $nonce] = [(string) time(), bin2hex(random_bytes(16))];
        $body = (string) $request->getBody();
        $value = $this->merchant->authorization($request->getMethod(), $request->getRequestTarget(), $timestamp, $nonce, $body);
        return $request
            ->withHeader('Authorization', $value)
            ->withHeader('Accept', 'application/json')
            ->withHeader('User-Agent', 'copy-and-go/1')
            ->withHeader('Wechatpay-Serial', $this->preferredKey);
    }

    private function result(ResponseInterface $response): ResponseInterface
    {
        $body = $this->received($this->trusted, $response);
        ($this->check)($body);
        $response->getBody()->rewind();
        return $response;
    }

    private function received(TrustedKeys $trusted, ResponseInterface $response): string
    {
        [$status, $body] = [$response->getStatusCode(), (string) $response->getBody()];
        $verified = $trusted->verify($status, $response->getHeaderLine(...), $body, time());
        return $status === 200 ? $body : throw Refused::read($status, $verified, $body);
    }

    /**
     * Download the platform's certificates and trust their keys as well. The response may be signed
     * with one of them: only who has the APIv3 key could have encrypted it.
     */
    public function downloadCertificates(callable $handler, string $baseUrl, string $apiV3Key): TrustedKeys
    {
        $request = $this->sign(new Request('GET', "$baseUrl/v3/certificates"));
        $response = $handler($request, ['http_errors' => false, 'timeout' => 10])->wait();
        $trusted = $this->trusted;
        foreach (json_decode((string) $response->getBody())->data ?? [] as $entry) {
            [, $serial, $key] = open_certificate($apiV3Key, $entry->encrypt_certificate);
            $trusted = $trusted->with($serial, $key);
        }
        $this->received($trusted, $response);
        return $trusted;
    }
}
