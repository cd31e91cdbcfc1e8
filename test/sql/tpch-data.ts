/**
 * The eight tables of TPC-H as CSV, small and from a seed. Keys, foreign keys, ranges and the dates of an order's
 * lines follow section 4.2 of the specification; texts are shorter, and what a query looks for is frequent enough
 * to be found among few rows.
 */
import { seeded } from '../helpers.js';

export type TpchTable =
  | 'region'
  | 'nation'
  | 'supplier'
  | 'customer'
  | 'part'
  | 'partsupp'
  | 'orders'
  | 'lineitem';

/** Rows at this size; the scale factor of the specification would be about 0.004. */
const suppliers = 40;
const customers = 600;
const parts = 1200;
const orders = 3000;

const regions = ['AFRICA', 'AMERICA', 'ASIA', 'EUROPE', 'MIDDLE EAST'];
/** Each with the number of its region. */
const nations: readonly (readonly [name: string, region: number])[] = [
  ['ALGERIA', 0],
  ['ARGENTINA', 1],
  ['BRAZIL', 1],
  ['CANADA', 1],
  ['EGYPT', 4],
  ['ETHIOPIA', 0],
  ['FRANCE', 3],
  ['GERMANY', 3],
  ['INDIA', 2],
  ['INDONESIA', 2],
  ['IRAN', 4],
  ['IRAQ', 4],
  ['JAPAN', 2],
  ['JORDAN', 4],
  ['KENYA', 0],
  ['MOROCCO', 0],
  ['MOZAMBIQUE', 0],
  ['PERU', 1],
  ['CHINA', 2],
  ['ROMANIA', 3],
  ['SAUDI ARABIA', 4],
  ['VIETNAM', 2],
  ['RUSSIA', 3],
  ['UNITED KINGDOM', 3],
  ['UNITED STATES', 1],
];
const segments = ['AUTOMOBILE', 'BUILDING', 'FURNITURE', 'HOUSEHOLD', 'MACHINERY'];
const priorities = ['1-URGENT', '2-HIGH', '3-MEDIUM', '4-NOT SPECIFIED', '5-LOW'];
const modes = ['AIR', 'AIR REG', 'FOB', 'MAIL', 'RAIL', 'SHIP', 'TRUCK'];
const instructions = ['COLLECT COD', 'DELIVER IN PERSON', 'NONE', 'TAKE BACK RETURN'];
const sizes = ['JUMBO', 'LG', 'MED', 'SM', 'WRAP'];
const containers = ['BAG', 'BOX', 'CASE', 'PACK', 'PKG'];
const classes = ['ECONOMY', 'LARGE', 'MEDIUM', 'PROMO', 'SMALL', 'STANDARD'];
const finishes = ['ANODIZED', 'BRUSHED', 'BURNISHED', 'PLATED', 'POLISHED'];
const metals = ['BRASS', 'COPPER', 'NICKEL', 'STEEL', 'TIN'];
const colors = ['azure', 'blue', 'forest', 'green', 'ivory', 'khaki', 'lime', 'navy', 'pink', 'red', 'tan'];
const words = ['blithely', 'carefully', 'deposits', 'final', 'pending', 'quickly', 'regular', 'sleep'];

const firstDay = Date.UTC(1992, 0, 1) / 86_400_000;
const lastOrderDay = Date.UTC(1998, 7, 2) / 86_400_000;
/** The specification's current date, which tells what is delivered. */
const today = Date.UTC(1995, 5, 17) / 86_400_000;

export function tpchData(): Readonly<Record<TpchTable, string>> {
  const random = seeded(1994);
  const upTo = (n: number): number => Math.floor(random() * n);
  const between = (least: number, most: number): number => least + upTo(most - least + 1);
  const of = <T>(values: readonly T[]): T => values[upTo(values.length)]!;
  const money = (least: number, most: number): string => (between(least * 100, most * 100) / 100).toFixed(2);
  const comment = (): string => `${of(words)} ${of(words)} ${of(words)}`;
  const phone = (nation: number): string =>
    `${nation + 10}-${between(100, 999)}-${between(100, 999)}-${between(1000, 9999)}`;
  const padded = (name: string, key: number): string => `${name}#${String(key).padStart(9, '0')}`;
  const table = (columns: string, rows: readonly (readonly (string | number)[])[]): string =>
    `${columns}\n${rows.map((row) => `${row.join(',')}\n`).join('')}`;
  const each = <T>(count: number, row: (key: number) => T): T[] =>
    Array.from({ length: count }, (_, i) => row(i + 1));

  const price = (part: number): number => (90_000 + ((part / 10) % 20_001) + 100 * (part % 1000)) / 100;
  const supplierOf = (part: number, i: number): number => ((part + i * (suppliers / 4 + 1)) % suppliers) + 1;

  const lines: (string | number)[][] = [];
  const orderRows = each(orders, (order) => {
    const ordered = between(firstDay, lastOrderDay);
    // Few orders are so large that query 18 finds them.
    const large = order % 300 === 0;
    let total = 0;
    let open = 0;
    const count = large ? 7 : between(1, 7);
    for (let line = 1; line <= count; line++) {
      const part = between(1, parts);
      const quantity = large ? between(43, 50) : between(1, 50);
      const extended = Number((quantity * price(part)).toFixed(2));
      const discount = between(0, 10) / 100;
      const tax = between(0, 8) / 100;
      const shipped = ordered + between(1, 121);
      const committed = ordered + between(30, 90);
      const received = shipped + between(1, 30);
      total += extended * (1 + tax) * (1 - discount);
      if (shipped > today) open++;
      lines.push([
        order,
        part,
        supplierOf(part, upTo(4)),
        line,
        quantity.toFixed(2),
        extended.toFixed(2),
        discount.toFixed(2),
        tax.toFixed(2),
        received <= today ? of(['A', 'R']) : 'N',
        shipped > today ? 'O' : 'F',
        ...[shipped, committed, received].map(date),
        of(instructions),
        of(modes),
        comment(),
      ]);
    }
    const status = open === 0 ? 'F' : open === count ? 'O' : 'P';
    const special = upTo(20) === 0 ? ' special packages requests' : '';
    // A third of the customers has no orders.
    const customer = 3 * upTo(customers / 3) + between(1, 2);
    const clerk = padded('Clerk', between(1, 20));
    const written = [date(ordered), of(priorities), clerk, 0, `${comment()}${special}`];
    return [order, customer, status, total.toFixed(2), ...written];
  });

  return {
    region: table(
      'r_regionkey,r_name,r_comment',
      regions.map((name, key) => [key, name, comment()]),
    ),
    nation: table(
      'n_nationkey,n_name,n_regionkey,n_comment',
      nations.map(([name, region], key) => [key, name, region, comment()]),
    ),
    supplier: table(
      's_suppkey,s_name,s_address,s_nationkey,s_phone,s_acctbal,s_comment',
      each(suppliers, (key) => {
        const nation = key % nations.length;
        const complaints = key % 10 === 0 ? ' Customer slow Complaints' : '';
        const balance = money(-999.99, 9999.99);
        const text = `${comment()}${complaints}`;
        return [key, padded('Supplier', key), `street ${upTo(900)}`, nation, phone(nation), balance, text];
      }),
    ),
    customer: table(
      'c_custkey,c_name,c_address,c_nationkey,c_phone,c_acctbal,c_mktsegment,c_comment',
      each(customers, (key) => {
        const nation = upTo(nations.length);
        const balance = money(-999.99, 9999.99);
        const address = `street ${upTo(900)}`;
        return [
          key,
          padded('Customer', key),
          address,
          nation,
          phone(nation),
          balance,
          of(segments),
          comment(),
        ];
      }),
    ),
    part: table(
      'p_partkey,p_name,p_mfgr,p_brand,p_type,p_size,p_container,p_retailprice,p_comment',
      each(parts, (key) => {
        // Query 19 looks for small parts of one brand.
        const wanted = key % 40 === 0;
        const maker = wanted ? 1 : between(1, 5);
        return [
          key,
          `${of(colors)} ${of(colors)} ${of(colors)}`,
          `Manufacturer#${maker}`,
          `Brand#${maker}${wanted ? 2 : between(1, 5)}`,
          `${of(classes)} ${of(finishes)} ${of(metals)}`,
          wanted ? 3 : between(1, 50),
          wanted ? 'SM BOX' : `${of(sizes)} ${of(containers)}`,
          price(key).toFixed(2),
          comment(),
        ];
      }),
    ),
    partsupp: table(
      'ps_partkey,ps_suppkey,ps_availqty,ps_supplycost,ps_comment',
      each(parts, (part) =>
        [0, 1, 2, 3].map((i) => [part, supplierOf(part, i), between(1, 300), money(1, 1000), comment()]),
      ).flat(),
    ),
    orders: table(
      'o_orderkey,o_custkey,o_orderstatus,o_totalprice,o_orderdate,o_orderpriority,o_clerk,o_shippriority,o_comment',
      orderRows,
    ),
    lineitem: table(
      'l_orderkey,l_partkey,l_suppkey,l_linenumber,l_quantity,l_extendedprice,l_discount,l_tax,l_returnflag,l_linestatus,l_shipdate,l_commitdate,l_receiptdate,l_shipinstruct,l_shipmode,l_comment',
      lines,
    ),
  };
}

function date(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}
