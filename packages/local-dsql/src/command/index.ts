/** The command that starts a DSQL cluster alone. For `antipode-cli` of the same version. */
export { dsqlCommand } from './dsql-command.ts';
