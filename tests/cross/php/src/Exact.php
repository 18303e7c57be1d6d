<?php

declare(strict_types=1);

namespace WechatPay;

use stdClass;
use UnexpectedValueException;

/**
 * The remedy for the generated reader, which makes a number of "888", true and 8.88, and an empty
 * object of a text.
 */
final class Exact
{
    /**
     * Look at the types of JSON before the reader maps it.
     *
     * @param class-string $model a generated class
     */
    public static function check(string $json, string $model): stdClass
    {
        $data = json_decode($json, false, 512, JSON_THROW_ON_ERROR);
        if (!$data instanceof stdClass) {
            throw new UnexpectedValueException('not an object');
        }
        foreach ($model::openAPITypes() as $name => $type) {
            $value = $data->$name ?? null;
            $fits = $value === null ? $model::isNullable($name) : match ($type) {
                'int' => is_int($value),
                'string' => is_string($value),
                default => false, // a type which needs a line here
            };
            if (!$fits) {
                throw new UnexpectedValueException("$name is no $type");
            }
        }
        return $data;
    }

    /** The instant of an RFC 3339 text, null when it is none. PHP alone reads one without an offset as UTC. */
    public static function instant(?string $text): ?\DateTimeImmutable
    {
        $pattern = '/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/D';
        if ($text === null || !preg_match($pattern, $text, $parts)) {
            return null;
        }
        // Written again: 30 February would have become 2 March.
        $read = date_create_immutable($text);
        return $read && $read->format('Y-m-d H:i:s') === "$parts[1] $parts[2]" ? $read : null;
    }
}
