import { DataTypes, Sequelize } from 'sequelize';
import { cluster, retrying, ssl, token } from '../dsql.mjs';

const { user: username, ...place } = cluster;
const sequelize = new Sequelize({
  ...{ dialect: 'postgres', ...place, username, logging: false },
  // DSQL has no setting `client_min_messages`.
  dialectOptions: { ssl, clientMinMessages: 'ignore' },
  pool: { maxUses: 1000, idle: 600_000 },
  hooks: {
    beforeConnect: async (config) => {
      config.password = await token();
    },
  },
});
const Note = sequelize.define(
  'note',
  {
    id: { type: DataTypes.UUID, primaryKey: true, defaultValue: DataTypes.UUIDV4 },
    note: DataTypes.TEXT,
  },
  { tableName: 'sequelize_notes' },
);

const tables = sequelize.getQueryInterface();
if (!(await tables.tableExists(Note.tableName))) {
  await tables.createTable(Note.tableName, Note.getAttributes());
}
const { id } = await retrying(() =>
  sequelize.transaction((transaction) => Note.create({ note: 'from Sequelize' }, { transaction })),
);
const { note } = await Note.findByPk(id);
console.log(note);
await sequelize.close();
