import { defineConfig } from "@hey-api/openapi-ts";

export default defineConfig({
  input: "lenient.json",
  output: "src/generated",
  plugins: [
    "@hey-api/client-fetch",
    "@hey-api/sdk",
    { name: "@hey-api/typescript" },
    {
      name: "zod",
      // A checker must not turn "888" or true into a number, as its default for int64 does.
      "~resolvers": {
        number: ({ $, schema, symbols }) => {
          const z = $(symbols.z);
          return schema.format === "int64"
            ? z.attr("union").call($.array(z.attr("int").call(), z.attr("bigint").call()))
            : undefined;
        },
      },
    },
  ],
});
