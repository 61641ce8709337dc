// Looks at files with ESLint's Linter, which knows of no files: configuration and plug-ins of the repository are never
// read, let alone run. Told beside "packages" and "files": {"rules": {code: options}}. The rules of typescript-eslint
// have the prefix "typescript/".
import { extname } from "node:path";
import { drive, require, told } from "./driver.mjs";

const { Linter } = require("eslint");
const plugin = require("@typescript-eslint/eslint-plugin");
const parser = require("@typescript-eslint/parser");

const PREFIX = "typescript/";
// Without a list of what the place defines where the code will run, it takes every name of it for a mistake.
const NEEDS_GLOBALS = new Set(["no-undef"]);

const facts = (code, { meta }) => ({
  code,
  type: meta.type,
  description: meta.docs?.description ?? "",
  url: meta.docs?.url ?? "",
  recommended: !!meta.docs?.recommended,
  fixable: !!meta.fixable,
  limit: /^max-|^complexity$/.test(code) ? (meta.defaultOptions?.[0] ?? null) : null,
});

const rules = () => {
  const { builtinRules } = require("eslint/use-at-your-own-risk");
  const extended = Object.entries(plugin.rules)
    .filter(([, { meta }]) => meta.docs.extendsBaseRule)
    .map(([name, { meta }]) => (meta.docs.extendsBaseRule === true ? name : meta.docs.extendsBaseRule));
  const core = [...builtinRules].filter(([name, { meta }]) => !meta.deprecated && !NEEDS_GLOBALS.has(name));
  const more = Object.entries(plugin.rules).filter(
    ([, { meta }]) => !meta.deprecated && !meta.docs.requiresTypeChecking,
  );
  return [
    ...core.map(([name, rule]) => ({
      ...facts(name, rule),
      languages: extended.includes(name) ? ["JAVASCRIPT"] : ["JAVASCRIPT", "TYPESCRIPT"],
    })),
    ...more.map(([name, rule]) => ({ ...facts(PREFIX + name, rule), languages: ["TYPESCRIPT"] })),
  ];
};

const linter = new Linter({ configType: "flat" });

const lint = (text, suffix, sourceType) => {
  const isTypeScript = /^\.[cm]?tsx?$/.test(suffix);
  const jsx = !/^\.[cm]?ts$/.test(suffix);
  const config = {
    // By a pattern for all files, those with other suffixes than its own would not be looked at.
    files: [`**/*${suffix}`],
    plugins: { typescript: plugin },
    languageOptions: {
      sourceType,
      parserOptions: { ecmaFeatures: { jsx } },
      ...(isTypeScript && { parser }),
    },
    linterOptions: { reportUnusedDisableDirectives: "off" },
    rules: Object.fromEntries(Object.entries(told.rules).map(([code, options]) => [code, ["error", ...options]])),
  };
  return linter.verify(text, [config], { filename: `file${suffix}` });
};

const brokenOff = (messages) => messages.find(({ fatal, message }) => fatal && message.startsWith("Parsing error"));

await drive({
  rules,
  look: (text, file) => {
    const suffix = extname(file).toLowerCase();
    let messages = lint(text, suffix, suffix === ".cjs" ? "commonjs" : "module");
    if (brokenOff(messages)) {
      // Older scripts are no modules: they may use names that modules may not, and return at the top.
      const others = lint(text, suffix, "commonjs");
      messages = brokenOff(others) ? messages : others;
    }
    const notLookedAt = messages.find(({ ruleId, line }) => !ruleId && !line);
    if (notLookedAt) throw new Error(notLookedAt.message);
    // What it says of comments with configuration has no rule, and is no finding.
    return messages
      .filter((it) => it.ruleId || it === brokenOff(messages))
      .map((it) => ({
        code: it.ruleId ?? "syntax",
        message: it.message.replace(/^Parsing error: /, ""),
        line: it.line,
        column: it.column,
        end_line: it.endLine,
        end_column: it.endColumn,
        ...(it.fix && { fix: it.fix }),
      }));
  },
});
