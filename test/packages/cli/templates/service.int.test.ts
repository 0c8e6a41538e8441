import '../../../../packages/cli/templates/service/test/decisions.test.ts';
import '../../../../packages/cli/templates/service/test/service.test.ts';
