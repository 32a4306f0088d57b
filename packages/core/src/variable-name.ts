/** Names of environment variables that a {@link SecretRef} may give: for the schemas of a plugin's options. */
export const VARIABLE_NAME: RegExp = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What such a schema says of anything else. It repeats no value: that may be the secret, where its variable's name belongs. */
export const NO_VARIABLE_NAME = "must be the name of an environment variable, never the secret itself";
