-- SPDX-License-Identifier: GPL-2.0-or-later
-- What the sqlite3 workload asks, with the functions of c/extension.c.
select sum(score(title)) from item;
select sum(sketch(body)) from item where id % 4 = 0;
select grouped(title) as g, count(*), sum(price) from item group by g order by 2 desc, 1 limit 5;
select max(rank(body)) from item where id % 3 = 0;
select sum(pack(body)) from item where id % 3 = 1;
select sum(wait_turn(id)) from item where id <= 12;
select owner, count(*), avg(price) from item join person on person.id = item.owner
  where person.age > 40 group by owner order by 3 desc, 1 limit 5;
select substr(title, 1, 3) as prefix, count(distinct owner) from item group by prefix
  order by 2 desc, 1 limit 5;
select count(*) from item where body like '%zo%ra%';
