export default [
    {
        files: ["addons/**/*.js"],
        languageOptions: {ecmaVersion: 2024, sourceType: "module"},
        rules: {
            eqeqeq: "error",
            "no-undef-init": "error",
            "no-unused-vars": "error",
            "no-var": "error",
            "prefer-const": "error",
        },
    },
];
