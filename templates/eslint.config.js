// How our scripts are written; `make check` runs eslint with it. Types are for tsc, see tsconfig.json.
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

const BROWSER = [
  "AbortController",
  "clearInterval",
  "clearTimeout",
  "console",
  "crypto",
  "CustomEvent",
  "devicePixelRatio",
  "dispatchEvent",
  "document",
  "DOMMatrix",
  "fetch",
  "getComputedStyle",
  "history",
  "ImageData",
  "innerHeight",
  "innerWidth",
  "IntersectionObserver",
  "L",
  "HTMLDetailsElement",
  "localStorage",
  "location",
  "matchMedia",
  "MutationObserver",
  "navigator",
  "Path2D",
  "performance",
  "print",
  "protomapsL",
  "queueMicrotask",
  "requestAnimationFrame",
  "cancelAnimationFrame",
  "requestIdleCallback",
  "ResizeObserver",
  "setInterval",
  "setTimeout",
  "Blob",
  "URL",
  "URLSearchParams",
  "addEventListener",
  "removeEventListener",
  "window",
  "Node",
  "Element",
  "HTMLCanvasElement",
  "HTMLCanvasElement",
  "HTMLElement",
  "HTMLFormElement",
  "HTMLInputElement",
  "HTMLTextAreaElement",
  "SVGElement",
  "SVGElement",
];

// Text from data reaches a page as text nodes only.
const AS_MARKUP = ["innerHTML", "outerHTML", "insertAdjacentHTML", "setHTMLUnsafe", "srcdoc"].map((property) => ({
  property,
  message: "what comes from data is text: use textContent or dom.js",
}));

const IMPORT = /^(?:import|export)\s(?:[^;"'()=]*?\sfrom\s+)?["'](\.[^"']+)["']/gm; // not `import("./x.js")`, which is for later

const imported = (file) => [...readFileSync(file, "utf8").matchAll(IMPORT)].map(([, link]) => resolve(dirname(file), link));

// A way from `file` back to `start` along imports, as a list of files; null for none.
const wayBack = (file, start, seen = new Set()) => {
  for (const next of imported(file)) {
    if (next === start) return [file];
    if (seen.has(next) || next.includes("/vendor/")) continue;
    seen.add(next);
    const way = wayBack(next, start, seen);
    if (way) return [file, ...way];
  }
  return null;
};

const noCircle = {
  create: (context) => ({
    ImportDeclaration: (node) => {
      const link = node.source.value;
      if (!link.startsWith(".") || link.includes("/vendor/")) return;
      const way = wayBack(resolve(dirname(context.filename), link), context.filename);
      if (way) context.report({ node, message: `imports go in a circle: ${way.join(" → ")}` });
    },
  }),
};

export default [
  {
    files: ["static/js/**/*.js"],
    linterOptions: { reportUnusedDisableDirectives: "error" },
    languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: Object.fromEntries(BROWSER.map((name) => [name, "readonly"])) },
    plugins: { ours: { rules: { "no-circle": noCircle } } },
    rules: {
      "array-callback-return": "error",
      "consistent-return": "error",
      "default-case-last": "error",
      eqeqeq: "error",
      "for-direction": "error",
      "getter-return": "error",
      "max-depth": ["error", 4],
      "max-len": ["error", { code: 140 }],
      "max-lines": ["error", 600],
      "max-lines-per-function": ["error", 60],
      "no-async-promise-executor": "error",
      "no-caller": "error",
      "no-cond-assign": "error",
      "no-const-assign": "error",
      "no-constant-binary-expression": "error",
      "no-constant-condition": ["error", { checkLoops: false }],
      "no-dupe-args": "error",
      "no-dupe-class-members": "error",
      "no-dupe-else-if": "error",
      "no-dupe-keys": "error",
      "no-duplicate-case": "error",
      "no-duplicate-imports": "error",
      "no-empty": "error",
      "no-eval": "error",
      "no-extend-native": "error",
      "no-fallthrough": "error",
      "no-func-assign": "error",
      "no-implied-eval": "error",
      "no-import-assign": "error",
      "no-invalid-regexp": "error",
      "no-loss-of-precision": "error",
      "no-new-func": "error",
      "no-new-wrappers": "error",
      "no-param-reassign": "error",
      "no-promise-executor-return": "error",
      "no-prototype-builtins": "error",
      "no-redeclare": "error",
      "no-restricted-properties": [
        "error",
        ...AS_MARKUP,
        { object: "document", property: "write" },
        { object: "document", property: "writeln" },
      ],
      "no-return-assign": ["error", "except-parens"],
      "no-script-url": "error",
      "no-self-assign": "error",
      "no-self-compare": "error",
      "no-shadow": ["error", { builtinGlobals: false, hoist: "functions" }],
      "no-sparse-arrays": "error",
      "no-template-curly-in-string": "error",
      "no-throw-literal": "error",
      "no-undef": "error",
      "no-unreachable": "error",
      "no-unsafe-finally": "error",
      "no-unsafe-optional-chaining": "error",
      "no-unused-expressions": ["error", { allowShortCircuit: true, allowTernary: true }],
      "no-unused-vars": "error",
      "no-useless-assignment": "error",
      "no-useless-catch": "error",
      "no-useless-escape": "error",
      "no-useless-rename": "error",
      "no-useless-return": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "ours/no-circle": "error",
      "prefer-const": "error",
      "prefer-template": "error",
      "symbol-description": "error",
      "use-isnan": "error",
      "valid-typeof": "error",
    },
  },
];
