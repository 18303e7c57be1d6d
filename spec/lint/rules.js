// Rules of our own for Redocly: what a reader of the contract may rely on, in both languages.
// A field is a property of an object, a parameter or a header of a reply.

import { readFileSync } from "node:fs";

const CHINESE = /\p{Script=Han}/u;
const LATIN_WORD = /[A-Za-z]{2,}/;
const OFFICIAL_PAGE = /^https:\/\/pay\.weixin\.qq\.com\/doc\/v3\/partner\/\d+$/;
// What a row may have, here it must: the generator holds specs to the same schema.
const EXTENSIONS = JSON.parse(
  readFileSync(new URL("../extensions.schema.json", import.meta.url), "utf8"),
).$defs;
const ERROR_ROW = Object.keys(EXTENSIONS["error-row"].properties).sort();
const KINDS = EXTENSIONS["error-row"].properties.kind.enum;
const UNFINISHED = /TODO|待补充/;

const filled = (value) => typeof value === "string" && value.trim() !== "";
const bilingual = (value) => CHINESE.test(value) && LATIN_WORD.test(value);

/** A text is there (an error), and in both languages (a warning: pages have one only). */
function checkText(value, what, { report, location }) {
  if (!filled(value)) report({ message: `${what} is missing.`, location });
  else if (!bilingual(value)) {
    report({ message: `${what} is in one language only.`, location, forceSeverity: "warn" });
  }
}

/** How the size of a value is bounded, by type; null when nothing bounds it. */
function limit(schema) {
  if (schema.enum || schema.type === "boolean") return "closed";
  if (schema.type === "object") return "by its members";
  if (schema.type === "string" && schema.maxLength !== undefined) return "maxLength";
  if (schema.type === "array" && schema.maxItems !== undefined) return "maxItems";
  const range = schema.minimum !== undefined && schema.maximum !== undefined;
  if (["integer", "number"].includes(schema.type) && range) return "range";
  return null;
}

/** Report what a field lacks. `own` may describe the field in place of its schema. */
function checkField(schema, own, { report, location }) {
  const complain = (message) => report({ message, location });
  checkText(schema.title, "The title of a field", { report, location });
  checkText(own.description ?? schema.description, "The description of a field", { report, location });
  if ((own.example ?? schema.example) === undefined) complain("A field needs an example.");
  const bounded = limit(schema) !== null;
  const reason = schema["x-no-limit"];
  if (!bounded && !filled(reason)) {
    complain("A field needs a length or range, or x-no-limit with the reason why there is none.");
  }
  if (bounded && reason !== undefined && !schema.enum) {
    complain("x-no-limit contradicts the limit beside it.");
  }
}

const followed = (node, resolve) => (node?.$ref ? resolve(node).node : node) ?? {};

/** What a reference stands for; a schema that only adds words to another one has its rules. */
function resolved(node, resolve) {
  const schema = followed(node, resolve);
  const [only, ...others] = schema.allOf ?? [];
  return only && others.length === 0 ? { ...followed(only, resolve), ...schema } : schema;
}

const field = () => ({
  SchemaProperties(properties, { report, location, resolve }) {
    for (const [name, property] of Object.entries(properties)) {
      const schema = resolved(property, resolve);
      checkField(schema, schema, { report, location: location.child([name]) });
    }
  },
  Parameter(parameter, { report, location, resolve }) {
    checkField(resolved(parameter.schema, resolve), parameter, { report, location });
  },
});

const header = () => ({
  Header(node, { report, location, resolve }) {
    checkField(resolved(node.schema, resolve), node, { report, location });
  },
});

const enumeration = () => ({
  Schema(schema, { report, location }) {
    if (!schema.enum || !schema["x-open-enum"]) return;
    for (const key of ["x-enum-varnames", "x-enum-descriptions"]) {
      if (schema[key]?.length !== schema.enum.length) {
        report({ message: `${key} needs one entry for each value.`, location });
      }
    }
    for (const text of schema["x-enum-descriptions"] ?? []) {
      checkText(text, "The meaning of a value", { report, location });
    }
  },
});

const operation = () => ({
  Operation(node, { report, location }) {
    const complain = (message) => report({ message, location });
    for (const key of ["summary", "description"]) {
      checkText(node[key], `The ${key} of an operation`, { report, location });
    }
    if (!OFFICIAL_PAGE.test(node.externalDocs?.url ?? "")) {
      complain("An operation names its official page in externalDocs.");
    }
    if (node["x-idempotent"] !== undefined && !filled(node["x-idempotent"]?.reason)) {
      complain("x-idempotent says why an operation may be retried; without it, it may not.");
    }
    const rows = node["x-error-codes"] ?? [];
    if (rows.length === 0) complain("An operation lists its error codes in x-error-codes.");
    const listed = new Set();
    for (const row of rows) {
      const name = `${row.status} ${row.code} (${row.kind})`;
      if (Object.keys(row).sort().join() !== ERROR_ROW.join()) {
        complain(`${name}: a row has exactly ${ERROR_ROW.join(", ")}.`);
      }
      if (!KINDS.includes(row.kind)) complain(`${name}: unknown kind.`);
      for (const key of ["title", "meaning", "remedy"]) {
        if (!filled(row[key])) complain(`${name}: no ${key}.`);
      }
      if (node.responses?.[row.status] === undefined) complain(`${name}: no such response.`);
      if (listed.has(name)) complain(`${name}: listed twice.`);
      listed.add(name);
    }
  },
});

const answer = () => ({
  Response(node, { report, location }) {
    checkText(node.description, "The description of a response", { report, location });
  },
  MediaType(node, { report, location }) {
    if (node.examples === undefined && node.example === undefined) {
      report({ message: "A body needs an example.", location });
    }
  },
});

const finished = () => ({
  any: {
    enter(node, { report, location }) {
      for (const [key, value] of Object.entries(node ?? {})) {
        const texts = Array.isArray(value) ? value : [value];
        if (texts.some((text) => typeof text === "string" && UNFINISHED.test(text))) {
          report({ message: "A person has to decide what stands as TODO.", location: location.child([key]) });
        }
      }
    },
  },
});

export default function plugin() {
  const rules = { field, header, enum: enumeration, operation, answer, finished };
  return { id: "own", rules: { oas3: rules } };
}
