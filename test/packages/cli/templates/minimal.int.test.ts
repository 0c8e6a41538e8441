import '../../../../packages/cli/templates/minimal/test/decisions.test.ts';
import '../../../../packages/cli/templates/minimal/test/service.test.ts';
