<?php

declare(strict_types=1);

// Guzzle from Debian's php-guzzlehttp-guzzle; the generated client from api/, as openapi-generator names it.
// With Composer, its vendor/autoload.php takes the place of this file.
require_once 'GuzzleHttp/autoload.php';
require_once __DIR__ . '/WechatPay.php';
spl_autoload_register(function (string $class): void {
    foreach (['OpenAPI\\Client\\' => '/../api/lib/', 'WechatPay\\' => '/'] as $prefix => $folder) {
        if (str_starts_with($class, $prefix)) {
            require __DIR__ . $folder . strtr(substr($class, strlen($prefix)), '\\', '/') . '.php';
        }
    }
});
// Every warning and notice is an error.
set_error_handler(fn (int $level, string $text, string $file, int $line) => (error_reporting() & $level)
    ? throw new ErrorException($text, 0, $level, $file, $line) : true);
