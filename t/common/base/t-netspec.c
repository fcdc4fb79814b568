/* t-netspec.c - Tests of common/netspec.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../common/base/netspec.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof array / sizeof array[0])


static struct net_addr
addr_of (const char *text)
{
  struct net_addr addr;

  ck_assert_msg (!netspec_addr_parse (text, &addr), "%s", text);
  return addr;
}


START_TEST (addr_forms)
{
  static const char *const good[] = {
    "0.0.0.0", "203.0.113.7", "255.255.255.255", "::", "::1", "2001:db8::7",
    "2001:db8:0:1:1:1:1:1", "2001:db8::1:0:0:1", "::ffff:203.0.113.7",
    "fe80::1", "1:2:3:4:5:6:7:8"
  };
  static const char *const bad[] = {
    "", " ", "203.0.113", "203.0.113.07", "203.0.113.256", "203.0.113.7 ",
    "0x7f.0.0.1", "2130706433", "2001:DB8::7", "2001:0db8::7",
    "2001:db8:0::7", "2001:db8:0:0:1:0:0:1", "::ffff:cb00:7107",
    "0:0:0:0:0:0:0:1", "::01", ":::", "[::1]", "fe80::1%eth0",
    "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "2001:db8::/32", "web1"
  };
  struct net_addr addr;
  char text[NETSPEC_ADDRSTRLEN];
  size_t i;

  for (i = 0; i < COUNT (good); i++)
    {
      addr = addr_of (good[i]);
      ck_assert_str_eq (netspec_addr_print (&addr, text), good[i]);
    }
  for (i = 0; i < COUNT (bad); i++)
    {
      ck_assert_msg (gpg_err_code (netspec_addr_parse (bad[i], &addr))
                     == GPG_ERR_INV_VALUE, "%s", bad[i]);
      ck_assert_int_eq (addr.family, AF_UNSPEC);
    }
  ck_assert_str_eq (netspec_addr_print (&addr, text), "");
}
END_TEST


START_TEST (addr_kinds)
{
  static const struct
  {
    const char *text;
    bool grantable;
    bool global;
  } cases[] = {
    { "0.0.0.0", false, false }, { "0.1.2.3", false, false },
    { "1.0.0.1", true, true }, { "127.0.0.1", false, false },
    { "127.255.0.1", false, false }, { "128.0.0.1", true, true },
    { "224.0.0.1", false, false }, { "239.1.1.1", false, false },
    { "223.255.255.255", true, true },
    { "255.255.255.255", false, false }, { "10.1.2.3", true, false },
    { "11.1.2.3", true, true }, { "172.15.0.1", true, true },
    { "172.16.0.1", true, false }, { "172.31.0.1", true, false },
    { "172.32.0.1", true, true }, { "192.168.1.1", true, false },
    { "192.169.1.1", true, true }, { "100.64.0.1", true, false },
    { "100.127.0.1", true, false }, { "100.128.0.1", true, true },
    { "169.254.1.1", true, false }, { "203.0.113.7", true, true },
    { "::", false, false }, { "::1", false, false },
    { "::ffff:203.0.113.7", false, false }, { "ff02::1", false, false },
    { "fe80::1", true, false }, { "febf::1", true, false },
    { "fc00::1", true, false }, { "fdff::1", true, false },
    { "2001:db8::1", true, true },
    /* Each block of the registries, and its neighbours.  */
    { "191.255.255.255", true, true }, { "192.0.0.4", true, false },
    { "192.0.0.8", true, false }, { "192.0.0.9", true, true },
    { "192.0.0.10", true, true }, { "192.0.0.11", true, false },
    { "192.0.0.255", true, false }, { "192.0.1.0", true, true },
    { "198.17.255.255", true, true }, { "198.18.0.1", true, false },
    { "198.19.255.255", true, false }, { "198.20.0.0", true, true },
    { "240.0.0.1", true, false }, { "255.255.255.254", true, false },
    { "64:ff9b::cb00:7107", true, true }, { "64:ff9b:1::1", true, false },
    { "64:ff9b:2::1", true, true }, { "100::1", true, false },
    { "100:0:0:1::1", true, false }, { "100:0:0:2::1", true, true },
    { "2001::1", true, false }, { "2001:1::1", true, true },
    { "2001:1::4", true, false }, { "2001:2::1", true, false },
    { "2001:3::1", true, true }, { "2001:4:112::1", true, true },
    { "2001:4:113::1", true, false }, { "2001:10::1", true, false },
    { "2001:20::1", true, true }, { "2001:1ff::1", true, false },
    { "2001:200::1", true, true }, { "5f00::1", true, false },
    { "5f01::1", true, true }, { "fec0::1", true, false }
  };
  struct net_addr addr, none = { 0 };
  size_t i;

  for (i = 0; i < COUNT (cases); i++)
    {
      addr = addr_of (cases[i].text);
      ck_assert_msg (netspec_addr_grantable (&addr) == cases[i].grantable,
                     "%s", cases[i].text);
      ck_assert_msg (netspec_addr_global (&addr) == cases[i].global, "%s",
                     cases[i].text);
    }
  ck_assert (!netspec_addr_grantable (&none));
  ck_assert (!netspec_addr_global (&none));
}
END_TEST


START_TEST (sockaddrs)
{
  static const char *const cases[] = { "203.0.113.7", "2001:db8::7" };
  struct sockaddr_storage ss;
  struct sockaddr_in6 in6;
  struct net_addr addr, back;
  uint16_t port;
  size_t i;

  for (i = 0; i < COUNT (cases); i++)
    {
      addr = addr_of (cases[i]);
      ck_assert (netspec_addr_to_sockaddr (&addr, 62201, 0, &ss) > 0);
      ck_assert (!netspec_addr_from_sockaddr ((struct sockaddr *)&ss, &back,
                                              &port));
      ck_assert (netspec_addr_equal (&addr, &back));
      ck_assert_uint_eq (port, 62201);
    }
  addr = addr_of ("fe80::1");
  ck_assert_uint_eq (netspec_addr_to_sockaddr (&addr, 1, 7, &ss),
                     sizeof in6);
  memcpy (&in6, &ss, sizeof in6);
  ck_assert_uint_eq (in6.sin6_scope_id, 7);
  inet_pton (AF_INET6, "::ffff:203.0.113.7", &in6.sin6_addr);
  ck_assert (!netspec_addr_from_sockaddr ((struct sockaddr *)&in6, &back,
                                          &port));
  addr = addr_of ("203.0.113.7");
  ck_assert (netspec_addr_equal (&addr, &back));
  in6.sin6_family = AF_UNIX;
  ck_assert (netspec_addr_from_sockaddr ((struct sockaddr *)&in6, &back,
                                         &port));
  ck_assert_int_eq (back.family, AF_UNSPEC);
  ck_assert_uint_eq (netspec_addr_to_sockaddr (&back, 1, 0, &ss), 0);
}
END_TEST


START_TEST (prefix_forms)
{
  static const char *const good[] = {
    "203.0.113.0/24", "0.0.0.0/0", "203.0.113.7", "203.0.113.128/25",
    "2001:db8::/32", "::/0", "2001:db8::7", "2001:db8::8000/113"
  };
  static const char *const bad[] = {
    "203.0.113.7/24", "203.0.113.0/33", "203.0.113.0/024", "203.0.113.0/",
    "/24", "203.0.113.0/24/24", "203.0.113.0/-1", "203.0.113/24",
    "2001:db8::1/32", "2001:db8::/129", "2001:DB8::/32", "203.0.113.64/25",
    "1111:2222:3333:4444:5555:6666:7777:8888:9999:0000/64"
  };
  struct net_prefix p;
  char text[NETSPEC_PREFIXSTRLEN];
  size_t i;

  for (i = 0; i < COUNT (good); i++)
    {
      ck_assert_msg (!netspec_prefix_parse (good[i], &p), "%s", good[i]);
      ck_assert_str_eq (netspec_prefix_print (&p, text), good[i]);
    }
  for (i = 0; i < COUNT (bad); i++)
    ck_assert_msg (netspec_prefix_parse (bad[i], &p), "%s", bad[i]);
  ck_assert (!netspec_prefix_parse ("203.0.113.7/32", &p));
  ck_assert_str_eq (netspec_prefix_print (&p, text), "203.0.113.7");
}
END_TEST


START_TEST (prefix_contains)
{
  static const struct
  {
    const char *prefix;
    const char *addr;
    bool inside;
  } cases[] = {
    { "203.0.113.0/24", "203.0.113.255", true },
    { "203.0.113.0/24", "203.0.114.0", false },
    { "203.0.113.128/25", "203.0.113.128", true },
    { "203.0.113.128/25", "203.0.113.127", false },
    { "0.0.0.0/0", "203.0.113.7", true },
    { "0.0.0.0/0", "2001:db8::7", false },
    { "::/0", "203.0.113.7", false }, { "::/0", "2001:db8::7", true },
    { "203.0.113.7", "203.0.113.7", true },
    { "203.0.113.7", "203.0.113.6", false },
    { "2001:db8::/33", "2001:db8:7fff::1", true },
    { "2001:db8::/33", "2001:db8:8000::1", false }
  };
  struct net_prefix p;
  struct net_addr addr, none = { 0 };
  size_t i;

  for (i = 0; i < COUNT (cases); i++)
    {
      ck_assert (!netspec_prefix_parse (cases[i].prefix, &p));
      addr = addr_of (cases[i].addr);
      ck_assert_msg (netspec_prefix_contains (&p, &addr) == cases[i].inside,
                     "%s %s", cases[i].prefix, cases[i].addr);
      ck_assert (!netspec_prefix_contains (&p, &none));
    }
}
END_TEST


START_TEST (port_forms)
{
  static const char *const good[] = {
    "tcp/22", "udp/60000-60010", "tcp/22,udp/22", "tcp/1", "tcp/65535",
    "tcp/1-1024", "udp/60000-60010,tcp/22", "tcp/22,tcp/23",
    "tcp/1,tcp/2,tcp/3,tcp/4,tcp/5,tcp/6,tcp/7,tcp/8,"
    "udp/1,udp/2,udp/3,udp/4,udp/5,udp/6,udp/7,udp/8"
  };
  static const char *const bad[] = {
    "", "tcp", "tcp/", "22", "/22", "tcp/0", "tcp/65536", "tcp/022",
    "tcp/+22", "TCP/22", "icmp/22", "tcp/22-22", "tcp/23-22", "tcp/22-",
    "tcp/-22", "tcp/22-23-24", "tcp/22,", ",tcp/22", "tcp/22,,tcp/23",
    "tcp/22, tcp/23", "tcp/22 ", "tcp/22,tcp/22", "tcp/20-30,tcp/30",
    "tcp/25,tcp/20-30", "tcp/1-1025", "tcp/1-1024,udp/1", "tcp/0-5",
    "tcp/1,tcp/2,tcp/3,tcp/4,tcp/5,tcp/6,tcp/7,tcp/8,"
    "udp/1,udp/2,udp/3,udp/4,udp/5,udp/6,udp/7,udp/8,udp/9"
  };
  struct port_set set;
  char text[NETSPEC_PORTSTRLEN];
  size_t i;

  for (i = 0; i < COUNT (good); i++)
    {
      ck_assert_msg (!netspec_ports_parse (good[i], &set), "%s", good[i]);
      ck_assert_str_eq (netspec_ports_print (&set, text), good[i]);
    }
  for (i = 0; i < COUNT (bad); i++)
    {
      ck_assert_msg (gpg_err_code (netspec_ports_parse (bad[i], &set))
                     == GPG_ERR_INV_VALUE, "%s", bad[i]);
      ck_assert_uint_eq (set.n, 0);
    }
}
END_TEST


/* The longest of all sets still fits its text.  */
START_TEST (port_longest)
{
  struct port_set set = { 0 };
  struct port_range range = { IPPROTO_UDP, 0, 0 };
  char text[NETSPEC_PORTSTRLEN];
  unsigned int i;

  for (i = 0; i < NETSPEC_MAX_RANGES; i++)
    {
      range.first = (uint16_t)(60000 + 2 * i);
      range.last = (uint16_t)(range.first + 1);
      ck_assert (!netspec_ports_add (&set, &range));
    }
  netspec_ports_print (&set, text);
  ck_assert_uint_eq (strlen (text), NETSPEC_PORTSTRLEN - 1);
  ck_assert (!netspec_ports_parse (text, &set));
  ck_assert_uint_eq (set.n, NETSPEC_MAX_RANGES);
}
END_TEST


START_TEST (port_add)
{
  static const struct port_range bad[] = {
    { IPPROTO_ICMP, 1, 2 }, { IPPROTO_TCP, 0, 2 }, { IPPROTO_TCP, 3, 2 },
    { IPPROTO_TCP, 20, 22 }
  };
  struct port_range good = { IPPROTO_UDP, 20, 22 };
  struct port_set set;
  size_t i;

  ck_assert (!netspec_ports_parse ("tcp/22", &set));
  for (i = 0; i < COUNT (bad); i++)
    ck_assert_msg (netspec_ports_add (&set, &bad[i]), "%zu", i);
  ck_assert_uint_eq (set.n, 1);
  ck_assert (!netspec_ports_add (&set, &good));
  ck_assert_uint_eq (set.n, 2);
}
END_TEST


START_TEST (port_cover)
{
  static const struct
  {
    const char *outer;
    const char *inner;
    bool covers;
  } cases[] = {
    { "tcp/22", "tcp/22", true }, { "tcp/22", "udp/22", false },
    { "tcp/20-30", "tcp/22-25", true }, { "tcp/20-30", "tcp/22-31", false },
    { "tcp/20-30", "tcp/19-25", false },
    { "tcp/25-30,tcp/20-24", "tcp/22-28", true },
    { "tcp/20-24,tcp/26-30", "tcp/22-28", false },
    { "tcp/22,udp/53", "udp/53,tcp/22", true },
    { "tcp/22", "tcp/22,tcp/23", false },
    { "tcp/65000-65535", "tcp/65535", true },
    { "tcp/65000-65535", "tcp/65000-65535", true }
  };
  struct port_set outer, inner;
  size_t i;

  for (i = 0; i < COUNT (cases); i++)
    {
      ck_assert (!netspec_ports_parse (cases[i].outer, &outer));
      ck_assert (!netspec_ports_parse (cases[i].inner, &inner));
      ck_assert_msg (netspec_ports_cover (&outer, &inner)
                     == cases[i].covers, "%s %s", cases[i].outer,
                     cases[i].inner);
    }
}
END_TEST


START_TEST (durations)
{
  static const struct
  {
    const char *text;
    bool good;
    unsigned int secs;
  } cases[] = {
    { "0s", true, 0 }, { "90s", true, 90 }, { "5m", true, 300 },
    { "2h", true, 7200 }, { "7d", true, 604800 },
    { "3650d", true, 315360000 }, { "3651d", false, 0 },
    { "315360000s", true, 315360000 }, { "315360001s", false, 0 },
    { "", false, 0 }, { "s", false, 0 }, { "90", false, 0 },
    { "090s", false, 0 }, { "90S", false, 0 }, { "90 s", false, 0 },
    { "1h30m", false, 0 }, { "-1s", false, 0 }, { "1.5h", false, 0 },
    { "90ss", false, 0 }, { "99999999999999999999d", false, 0 }
  };
  static const struct
  {
    unsigned long secs;
    const char *text;
  } prints[] = {
    { 0, "0s" }, { 59, "59s" }, { 60, "1m" }, { 5400, "1h30m" },
    { 86400, "1d" }, { 90061, "1d1h1m1s" }
  };
  unsigned int secs;
  char text[32];
  size_t i;

  for (i = 0; i < COUNT (cases); i++)
    {
      ck_assert_msg (!netspec_duration_parse (cases[i].text, &secs)
                     == cases[i].good, "%s", cases[i].text);
      ck_assert_uint_eq (secs, cases[i].secs);
    }
  for (i = 0; i < COUNT (prints); i++)
    ck_assert_str_eq (netspec_duration_print (prints[i].secs, text),
                      prints[i].text);
  netspec_duration_print (~0UL, text);
  ck_assert_int_eq (text[strlen (text) - 1], 's');
}
END_TEST


START_TEST (hours_forms)
{
  static const struct
  {
    const char *text;
    unsigned int days, first, last;
  } good[] = {
    { "Mon-Fri 07:00-20:00", 0x3e, 420, 1200 },
    { "Sat,Sun 10:00-12:00", 0x41, 600, 720 },
    { "22:00-06:00", 0x7f, 1320, 360 },
    { "Fri-Mon 00:00-24:00", 0x63, 0, 1440 },
    { "Mon-Tue,Thu 00:00-00:00", 0x16, 0, 0 }
  };
  static const char *const bad[] = {
    "", "Mon", "Mon ", "Mon-Fri", "mon 07:00-20:00", "Mon  07:00-20:00",
    "Mon-Mon 07:00-20:00", "Mon,Mon 07:00-20:00",
    "Mon-Fri,Tue 07:00-20:00", "Mon- 07:00-20:00", "Mon, 07:00-20:00",
    "Day 07:00-20:00", "7:00-20:00", "07:00-2:00", "07:00", "07:00-20:60",
    "24:00-06:00", "07:00-24:01", "07:00-25:00", "07.00-20:00",
    "07:00-20:00 ", " 07:00-20:00", "07:00 20:00", "07:00-20:00-21:00"
  };
  struct hours hours;
  size_t i;

  for (i = 0; i < COUNT (good); i++)
    {
      ck_assert_msg (!netspec_hours_parse (good[i].text, &hours), "%s",
                     good[i].text);
      ck_assert_uint_eq (hours.days, good[i].days);
      ck_assert_uint_eq (hours.first, good[i].first);
      ck_assert_uint_eq (hours.last, good[i].last);
    }
  for (i = 0; i < COUNT (bad); i++)
    ck_assert_msg (gpg_err_code (netspec_hours_parse (bad[i], &hours))
                   == GPG_ERR_INV_VALUE, "%s", bad[i]);
}
END_TEST


/* Three days in a row are a range, be it over the end of the week.  */
START_TEST (hours_printed)
{
  static const struct { const char *text, *printed; } cases[] = {
    { "Mon,Tue,Wed,Thu,Fri 07:00-20:00", "Mon-Fri 07:00-20:00" },
    { "Sun,Sat 10:00-12:00", "Sat,Sun 10:00-12:00" },
    { "Fri-Mon 00:00-24:00", "Fri-Mon 00:00-24:00" },
    { "Mon-Tue,Thu 00:00-00:00", "Mon,Tue,Thu 00:00-00:00" },
    { "Sun 09:05-10:00", "Sun 09:05-10:00" },
    { "Mon-Wed,Fri,Sat 09:05-10:00", "Mon-Wed,Fri,Sat 09:05-10:00" },
    { "Mon-Tue,Thu-Fri,Sun 09:00-10:00", "Thu,Fri,Sun-Tue 09:00-10:00" },
    { "Tue-Sun 22:00-06:00", "Tue-Sun 22:00-06:00" },
    { "Mon-Sun 22:00-06:00", "22:00-06:00" }
  };
  char text[NETSPEC_HOURSSTRLEN];
  struct hours hours, again;
  size_t i;

  for (i = 0; i < COUNT (cases); i++)
    {
      ck_assert (!netspec_hours_parse (cases[i].text, &hours));
      ck_assert_str_eq (netspec_hours_print (&hours, text),
                        cases[i].printed);
      ck_assert (!netspec_hours_parse (text, &again));
      ck_assert_uint_eq (again.days, hours.days);
    }
}
END_TEST


START_TEST (hours_contain)
{
  static const struct
  {
    const char *hours;
    int day, hour, min;
    bool inside;
  } cases[] = {
    { "Mon-Fri 07:00-20:00", 1, 7, 0, true },
    { "Mon-Fri 07:00-20:00", 1, 6, 59, false },
    { "Mon-Fri 07:00-20:00", 5, 19, 59, true },
    { "Mon-Fri 07:00-20:00", 5, 20, 0, false },
    { "Mon-Fri 07:00-20:00", 0, 12, 0, false },
    { "22:00-06:00", 3, 23, 0, true }, { "22:00-06:00", 3, 5, 59, true },
    { "22:00-06:00", 3, 6, 0, false }, { "22:00-06:00", 3, 21, 59, false },
    { "Sat 22:00-06:00", 6, 22, 0, true },
    { "Sat 22:00-06:00", 0, 5, 0, true },
    { "Sat 22:00-06:00", 6, 5, 0, false },
    { "Sat 22:00-06:00", 0, 22, 0, false },
    { "Sun 00:00-24:00", 0, 23, 59, true },
    { "Sun 00:00-24:00", 1, 0, 0, false },
    { "Sun 12:00-12:00", 1, 11, 59, true },
    { "Sun 12:00-12:00", 1, 12, 0, false }
  };
  struct hours hours;
  struct tm tm;
  size_t i;

  for (i = 0; i < COUNT (cases); i++)
    {
      memset (&tm, 0, sizeof tm);
      tm.tm_wday = cases[i].day;
      tm.tm_hour = cases[i].hour;
      tm.tm_min = cases[i].min;
      ck_assert (!netspec_hours_parse (cases[i].hours, &hours));
      ck_assert_msg (netspec_hours_contain (&hours, &tm) == cases[i].inside,
                     "%s: %d %d:%d", cases[i].hours, cases[i].day,
                     cases[i].hour, cases[i].min);
    }
}
END_TEST


START_TEST (names_and_fingerprints)
{
  static const char *const names[] = {
    "a", "0", "web1", "alice.b", "a-b_c.d", "a.",
    "abcdefghijabcdefghijabcdefghijab" };
  static const char *const not_names[] = {
    "", "A", "Web1", ".a", "-a", "_a", "a b", "a/b", "a=b", "\xc3\xa9",
    "abcdefghijabcdefghijabcdefghijabc" };
  static const char fpr[] =
    "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF";
  static const size_t lens[] = { 0, 8, 16, 39, 41, 63 };
  size_t i;

  for (i = 0; i < COUNT (names); i++)
    ck_assert (netspec_name_valid (names[i], strlen (names[i])));
  for (i = 0; i < COUNT (not_names); i++)
    ck_assert (!netspec_name_valid (not_names[i], strlen (not_names[i])));
  ck_assert (netspec_fpr_valid (fpr, 40));
  ck_assert (netspec_fpr_valid (fpr, 64));
  for (i = 0; i < COUNT (lens); i++)
    ck_assert (!netspec_fpr_valid (fpr, lens[i]));
  ck_assert (!netspec_fpr_valid ("0123456789abcdef0123456789ABCDEF01234567",
                                 40));
  ck_assert (!netspec_fpr_valid ("0123456789ABCDEG0123456789ABCDEF01234567",
                                 40));
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("netspec");
  TCase *tc = tcase_create ("netspec");
  SRunner *sr = srunner_create (suite);
  int failed;

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, addr_forms);
  tcase_add_test (tc, addr_kinds);
  tcase_add_test (tc, sockaddrs);
  tcase_add_test (tc, prefix_forms);
  tcase_add_test (tc, prefix_contains);
  tcase_add_test (tc, port_forms);
  tcase_add_test (tc, port_longest);
  tcase_add_test (tc, port_add);
  tcase_add_test (tc, port_cover);
  tcase_add_test (tc, durations);
  tcase_add_test (tc, hours_forms);
  tcase_add_test (tc, hours_printed);
  tcase_add_test (tc, hours_contain);
  tcase_add_test (tc, names_and_fingerprints);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
