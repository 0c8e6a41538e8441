import { PrismaPg } from '@prisma/adapter-pg';
import { cluster, retrying, ssl, token } from '../dsql.mjs';
import { PrismaClient } from './generated/client.ts';

const adapter = new PrismaPg({ ...cluster, ssl, password: token, maxLifetimeSeconds: 3300 });
const prisma = new PrismaClient({ adapter });

await prisma.$executeRaw`CREATE TABLE IF NOT EXISTS prisma_notes (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), note text NOT NULL)`;
const { id } = await retrying(() => prisma.note.create({ data: { note: 'from Prisma' } }));
const { note } = await prisma.note.findUniqueOrThrow({ where: { id } });
console.log(note);
await prisma.$disconnect();
