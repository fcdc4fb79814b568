/* t-ruleset.c - What the host's own firewall does with a packet.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * corpus/ruleset/firewalld.json is what nftables lists of a firewalld that
 * was told to let in tcp/2222 and udp/60000-60010.  */

#include "../../../server/act/ruleset.h"

#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ruleset_t ruleset;
static struct net_addr here[2];

static void
setup (void)
{
  ck_assert (!netspec_addr_parse ("203.0.113.1", &here[0]));
  ck_assert (!netspec_addr_parse ("2001:db8::1", &here[1]));
}

static void
teardown (void)
{
  ruleset_release (ruleset);
  ruleset = NULL;
}

static struct ruleset_packet
packet_to (sa_family_t family, uint8_t proto, uint16_t port)
{
  struct ruleset_packet packet = { family, proto, port, "eth0",
                                   &here[family == AF_INET6], 1, NULL, 0 };

  return packet;
}

static enum ruleset_fate
fate_of (sa_family_t family, uint8_t proto, uint16_t port)
{
  struct ruleset_packet packet = packet_to (family, proto, port);
  struct ruleset_verdict verdict;

  ruleset_judge_input (ruleset, &packet, &verdict);
  ck_assert ((verdict.fate == RULESET_PASSES) == !*verdict.chain);
  return verdict.fate;
}

static enum ruleset_fate
answer_of (sa_family_t family)
{
  struct ruleset_packet packet = packet_to (family, IPPROTO_UDP, 62201);
  struct ruleset_verdict verdict;

  ruleset_judge_answer (ruleset, &packet, &verdict);
  return verdict.fate;
}


/* ------------------------- small rulesets ------------------------ */

#define TABLE "\"family\":\"inet\",\"table\":\"t\","
#define BASE(hook, prio, policy) \
  "{\"chain\":{" TABLE "\"name\":\"" hook "\",\"type\":\"filter\"," \
  "\"hook\":\"" hook "\",\"prio\":" #prio ",\"policy\":\"" policy "\"}}"
#define NAT(hook, prio) \
  "{\"chain\":{" TABLE "\"name\":\"nat\",\"type\":\"nat\"," \
  "\"hook\":\"" hook "\",\"prio\":" #prio ",\"policy\":\"accept\"}}"
#define CHAIN(name) "{\"chain\":{" TABLE "\"name\":\"" name "\"}}"
#define RULE(chain, expr) \
  "{\"rule\":{" TABLE "\"chain\":\"" chain "\",\"expr\":[" expr "]}}"
#define IS(op, left, right) \
  "{\"match\":{\"op\":\"" op "\",\"left\":" left ",\"right\":" right "}}"
#define PAYLOAD(proto, field) \
  "{\"payload\":{\"protocol\":\"" proto "\",\"field\":\"" field "\"}}"
#define META(key) "{\"meta\":{\"key\":\"" key "\"}}"
#define CT(key) "{\"ct\":{\"key\":\"" key "\"}}"
#define DPORT(right) IS ("==", PAYLOAD ("tcp", "dport"), right)
#define DO(verdict) "{\"" verdict "\":null}"
#define JUMP(to) "{\"jump\":{\"target\":\"" to "\"}}"
#define GOTO(to) "{\"goto\":{\"target\":\"" to "\"}}"
#define IN_DROPS BASE ("input", 0, "drop")
#define IN_PASSES BASE ("input", 0, "accept")
#define ESTABLISHED \
  IS ("in", CT ("state"), "[\"established\",\"related\"]") "," DO ("accept")

/* Each is about tcp/22 by IPv4, in at eth0 to 203.0.113.1.  */
static const struct { const char *rules; enum ruleset_fate fate; } cases[] =
  {
    { IN_PASSES, RULESET_PASSES },
    { IN_DROPS, RULESET_DROPS },
    { IN_DROPS "," RULE ("input", DPORT ("22") "," DO ("accept")),
      RULESET_PASSES },
    { IN_DROPS "," RULE ("input", DPORT ("23") "," DO ("accept")),
      RULESET_DROPS },
    { IN_PASSES "," RULE ("input", DPORT ("22") "," DO ("reject")),
      RULESET_REJECTS },
    { IN_PASSES "," RULE ("input", ESTABLISHED) "," RULE ("input",
      "{\"reject\":{\"type\":\"icmpx\",\"expr\":\"admin-prohibited\"}}"),
      RULESET_REJECTS },
    /* An accept is one of its own chain.  */
    { BASE ("input", -10, "accept") "," RULE ("input", DO ("accept")),
      RULESET_PASSES },
    { BASE ("prerouting", -300, "accept") "," RULE ("prerouting",
      DPORT ("22") "," DO ("drop")) "," IN_PASSES, RULESET_DROPS },
    { BASE ("output", 0, "drop"), RULESET_PASSES },
    /* Conditions.  */
    { IN_DROPS "," RULE ("input", DPORT ("{\"range\":[20,30]}") ","
      DO ("accept")), RULESET_PASSES },
    { IN_DROPS "," RULE ("input", DPORT ("{\"set\":[80,{\"range\":[1,21]}]}")
      "," DO ("accept")), RULESET_DROPS },
    { IN_PASSES "," RULE ("input", IS ("!=", PAYLOAD ("tcp", "dport"),
      "{\"set\":[80,443]}") "," DO ("drop")), RULESET_DROPS },
    { IN_PASSES "," RULE ("input", IS ("!=", PAYLOAD ("tcp", "dport"),
      "{\"set\":[22,443]}") "," DO ("drop")), RULESET_PASSES },
    { IN_DROPS "," RULE ("input", IS ("==", PAYLOAD ("udp", "dport"), "22")
      "," DO ("accept")), RULESET_DROPS },
    { IN_DROPS "," RULE ("input", IS ("==", META ("l4proto"), "\"tcp\"") ","
      DO ("accept")), RULESET_PASSES },
    { IN_DROPS "," RULE ("input", IS ("==", META ("nfproto"), "\"ipv6\"") ","
      DO ("accept")), RULESET_DROPS },
    { IN_DROPS "," RULE ("input", IS ("==", META ("iifname"), "\"eth*\"") ","
      DO ("accept")), RULESET_PASSES },
    { IN_DROPS "," RULE ("input", IS ("==", META ("iifname"), "\"lo\"") ","
      DO ("accept")), RULESET_DROPS },
    { IN_DROPS "," RULE ("input", IS ("in", CT ("state"), "\"new\"") ","
      DO ("accept")), RULESET_PASSES },
    { IN_DROPS "," RULE ("input", ESTABLISHED), RULESET_DROPS },
    { IN_DROPS "," RULE ("input", IS ("==", "{\"&\":[" PAYLOAD ("tcp",
      "flags") ",[\"fin\",\"syn\",\"rst\",\"ack\"]]}", "\"syn\"") ","
      DO ("accept")), RULESET_PASSES },
    { IN_DROPS "," RULE ("input", IS ("in", PAYLOAD ("tcp", "flags"),
      "\"ack\"") "," DO ("accept")), RULESET_DROPS },
    { IN_DROPS "," RULE ("input", IS ("==", PAYLOAD ("ip", "daddr"),
      "{\"prefix\":{\"addr\":\"203.0.113.0\",\"len\":24}}") ","
      DO ("accept")), RULESET_PASSES },
    { IN_DROPS "," RULE ("input", IS ("==", PAYLOAD ("ip", "daddr"),
      "\"224.0.0.251\"") "," DO ("accept")), RULESET_DROPS },
    { IN_PASSES "," RULE ("input", IS ("!=", "{\"fib\":{\"result\":\"type\","
      "\"flags\":\"daddr\"}}", "\"local\"") "," DO ("drop")),
      RULESET_PASSES },
    { IN_PASSES "," RULE ("input", IS ("==", "{\"fib\":{\"result\":\"type\","
      "\"flags\":[\"daddr\"]}}", "\"local\"") "," DO ("drop")),
      RULESET_DROPS },
    /* By who sends: some get in; a few that do not are no news.  */
    { IN_DROPS "," RULE ("input", IS ("==", PAYLOAD ("ip", "saddr"),
      "\"198.51.100.7\"") "," DO ("accept")), RULESET_SOME },
    { IN_PASSES "," RULE ("input", IS ("==", PAYLOAD ("ip", "saddr"),
      "\"198.51.100.7\"") "," DO ("drop")), RULESET_PASSES },
    { IN_PASSES "," RULE ("input", IS ("!=", PAYLOAD ("ip", "saddr"),
      "\"198.51.100.7\"") "," DO ("drop")), RULESET_SOME },
    { IN_DROPS "," RULE ("input", "{\"limit\":{\"rate\":3,\"per\":"
      "\"minute\"}}," DO ("accept")), RULESET_PASSES },
    { IN_PASSES "," RULE ("input", "{\"limit\":{\"rate\":3,\"per\":"
      "\"minute\",\"inv\":true}}," DO ("drop")), RULESET_PASSES },
    /* What is not known is never certain.  */
    { IN_DROPS "," RULE ("input", IS ("==", "{\"osf\":{\"key\":\"name\"}}",
      "\"Linux\"") "," DO ("accept")), RULESET_UNKNOWN },
    { IN_PASSES "," RULE ("input", IS ("==", "{\"osf\":{\"key\":\"name\"}}",
      "\"Linux\"") "," DO ("drop")), RULESET_UNKNOWN },
    { IN_DROPS "," RULE ("input", DPORT ("22") ",{\"surprise\":1},"
      DO ("accept")), RULESET_UNKNOWN },
    { IN_PASSES "," RULE ("input", "{\"xt\":{\"type\":\"match\",\"name\":"
      "\"conntrack\"}}," DO ("drop")), RULESET_UNKNOWN },
    { IN_PASSES "," RULE ("input", "{\"xt\":{\"type\":\"match\",\"name\":"
      "\"icmp\"}}," DO ("drop")), RULESET_PASSES },
    { IN_PASSES "," RULE ("input", DPORT ("22") ",{\"xt\":{\"type\":"
      "\"target\",\"name\":\"REJECT\"}}"), RULESET_REJECTS },
    { IN_PASSES "," RULE ("input", DPORT ("22") ",{\"xt\":{\"type\":"
      "\"target\",\"name\":\"LOG\"}}"), RULESET_PASSES },
    /* Jumps.  */
    { IN_DROPS "," CHAIN ("a") "," RULE ("input", JUMP ("a")) ","
      RULE ("a", DPORT ("22") "," DO ("accept")), RULESET_PASSES },
    { IN_PASSES "," CHAIN ("a") "," RULE ("input", JUMP ("a")) ","
      RULE ("input", DO ("drop")) "," RULE ("a", DPORT ("23") ","
      DO ("accept")), RULESET_DROPS },
    { IN_PASSES "," CHAIN ("a") "," RULE ("input", GOTO ("a")) ","
      RULE ("input", DO ("drop")), RULESET_PASSES },
    { IN_PASSES "," CHAIN ("a") "," CHAIN ("b") "," RULE ("input",
      JUMP ("a")) "," RULE ("input", DO ("drop")) "," RULE ("a", GOTO ("b")),
      RULESET_DROPS },
    { IN_PASSES "," CHAIN ("a") "," RULE ("input", JUMP ("a")) ","
      RULE ("a", DPORT ("22") "," DO ("return")) "," RULE ("a", DO ("drop")),
      RULESET_PASSES },
    { IN_PASSES "," RULE ("input", DPORT ("22") "," DO ("return")) ","
      RULE ("input", DO ("drop")), RULESET_PASSES },
    { IN_PASSES "," RULE ("input", JUMP ("nowhere")), RULESET_UNKNOWN },
    { IN_PASSES "," CHAIN ("a") "," RULE ("input", JUMP ("a")) ","
      RULE ("a", JUMP ("a")), RULESET_UNKNOWN },
    /* Verdict maps and sets.  */
    { IN_PASSES "," RULE ("input", "{\"vmap\":{\"key\":" PAYLOAD ("tcp",
      "dport") ",\"data\":{\"set\":[[22,{\"drop\":null}],"
      "[23,{\"accept\":null}]]}}}"), RULESET_DROPS },
    { IN_DROPS "," RULE ("input", "{\"vmap\":{\"key\":" PAYLOAD ("tcp",
      "dport") ",\"data\":{\"set\":[[23,{\"drop\":null}],"
      "[22,{\"accept\":null}]]}}}"), RULESET_PASSES },
    { IN_DROPS ",{\"map\":{" TABLE "\"name\":\"m\",\"elem\":[[{\"range\":"
      "[20,29]},{\"jump\":{\"target\":\"a\"}}]]}}," CHAIN ("a") ","
      RULE ("a", DO ("accept")) "," RULE ("input", "{\"vmap\":{\"key\":"
      PAYLOAD ("tcp", "dport") ",\"data\":\"@m\"}}"), RULESET_PASSES },
    { IN_DROPS ",{\"set\":{" TABLE "\"name\":\"s\",\"elem\":[21,22]}},"
      RULE ("input", DPORT ("\"@s\"") "," DO ("accept")), RULESET_PASSES },
    { IN_DROPS ",{\"set\":{" TABLE "\"name\":\"s\",\"elem\":[21,23]}},"
      RULE ("input", DPORT ("\"@s\"") "," DO ("accept")), RULESET_DROPS },
    { IN_DROPS ",{\"set\":{" TABLE "\"name\":\"s\",\"elem\":[{\"concat\":"
      "[\"eth0\",22]}]}}," RULE ("input", IS ("==", "{\"concat\":["
      META ("iifname") "," PAYLOAD ("tcp", "dport") "]}", "\"@s\"") ","
      DO ("accept")), RULESET_PASSES },
    { IN_DROPS ",{\"set\":{" TABLE "\"name\":\"s\",\"elem\":[{\"concat\":"
      "[\"eth1\",22]}]}}," RULE ("input", IS ("==", "{\"concat\":["
      META ("iifname") "," PAYLOAD ("tcp", "dport") "]}", "\"@s\"") ","
      DO ("accept")), RULESET_DROPS },
    /* Sent on: judged where it arrives.  */
    { IN_DROPS "," NAT ("prerouting", -100) "," RULE ("nat", DPORT ("22")
      ",{\"redirect\":{\"port\":2222}}") "," RULE ("input", DPORT ("2222")
      "," DO ("accept")), RULESET_PASSES },
    { IN_DROPS "," NAT ("prerouting", -100) "," RULE ("nat", DPORT ("22")
      ",{\"redirect\":{\"port\":2222}}") "," RULE ("input", DPORT ("22")
      "," DO ("accept")), RULESET_DROPS },
    { IN_DROPS "," NAT ("prerouting", -100) "," BASE ("forward", 0, "accept")
      "," RULE ("nat", DPORT ("22") ",{\"dnat\":{\"addr\":\"172.17.0.2\","
      "\"port\":22}}"), RULESET_PASSES },
    { IN_DROPS "," NAT ("prerouting", -100) "," RULE ("nat", DPORT ("22")
      ",{\"dnat\":{\"addr\":\"203.0.113.1\",\"port\":22}}") ","
      RULE ("input", IS ("in", CT ("status"), "\"dnat\"") ","
      DO ("accept")), RULESET_PASSES },
    /* Tables of others.  */
    { "{\"chain\":{\"family\":\"ip6\",\"table\":\"t\",\"name\":\"input\","
      "\"type\":\"filter\",\"hook\":\"input\",\"prio\":0,\"policy\":"
      "\"drop\"}}", RULESET_PASSES },
    { "{\"chain\":{\"family\":\"inet\",\"table\":\"postern\",\"name\":"
      "\"input\",\"type\":\"filter\",\"hook\":\"input\",\"prio\":0,"
      "\"policy\":\"drop\"}}", RULESET_PASSES },
    { "{\"chain\":{\"family\":\"netdev\",\"table\":\"t\",\"name\":\"i\","
      "\"dev\":\"eth0\",\"type\":\"filter\",\"hook\":\"ingress\",\"prio\":0,"
      "\"policy\":\"drop\"}}", RULESET_DROPS },
    { "{\"chain\":{\"family\":\"netdev\",\"table\":\"t\",\"name\":\"i\","
      "\"dev\":\"eth1\",\"type\":\"filter\",\"hook\":\"ingress\",\"prio\":0,"
      "\"policy\":\"drop\"}}", RULESET_PASSES }
  };


static void
load_rules (const char *rules)
{
  char *json = NULL;

  ck_assert_int_ge (asprintf (&json, "{\"nftables\":[%s]}", rules), 0);
  ck_assert_msg (!ruleset_new (json, false, &ruleset), "%s", rules);
  free (json);
}


START_TEST (one_port)
{
  enum ruleset_fate fate;

  load_rules (cases[_i].rules);
  fate = fate_of (AF_INET, IPPROTO_TCP, 22);
  ck_assert_msg (fate == cases[_i].fate, "case %d: %d, not %d: %s", _i,
                 fate, cases[_i].fate, cases[_i].rules);
}
END_TEST


/* --------------------------- firewalld --------------------------- */

static void
load_file (const char *name)
{
  const char *srcdir = getenv ("srcdir");
  static char text[1 << 20];
  char path[4096];
  FILE *fp;
  size_t n;

  snprintf (path, sizeof path, "%s/t/fuzz/corpus/ruleset/%s",
            srcdir ? srcdir : ".", name);
  fp = fopen (path, "r");
  ck_assert_msg (fp != NULL, "%s", path);
  n = fread (text, 1, sizeof text - 1, fp);
  fclose (fp);
  text[n] = 0;
  ck_assert (!ruleset_new (text, false, &ruleset));
}

START_TEST (firewalld)
{
  static const sa_family_t families[] = { AF_INET, AF_INET6 };
  size_t i;

  load_file ("firewalld.json");
  for (i = 0; i < 2; i++)
    {
      ck_assert_int_eq (fate_of (families[i], IPPROTO_TCP, 22),
                        RULESET_PASSES);
      ck_assert_int_eq (fate_of (families[i], IPPROTO_TCP, 2222),
                        RULESET_PASSES);
      ck_assert_int_eq (fate_of (families[i], IPPROTO_TCP, 2223),
                        RULESET_REJECTS);
      ck_assert_int_eq (fate_of (families[i], IPPROTO_UDP, 2222),
                        RULESET_REJECTS);
      ck_assert_int_eq (fate_of (families[i], IPPROTO_UDP, 60005),
                        RULESET_PASSES);
      ck_assert_int_eq (fate_of (families[i], IPPROTO_UDP, 60011),
                        RULESET_REJECTS);
      ck_assert_int_eq (answer_of (families[i]), RULESET_PASSES);
    }
}
END_TEST


/* ---------------------------- answers ---------------------------- */

#define OUT_DROPS BASE ("output", 0, "drop")

static const struct { const char *rules; enum ruleset_fate fate; }
answers[] =
  {
    { BASE ("output", 0, "accept"), RULESET_PASSES },
    { OUT_DROPS, RULESET_DROPS },
    { OUT_DROPS "," RULE ("output", IS ("==", PAYLOAD ("udp", "sport"),
      "62201") "," DO ("accept")), RULESET_PASSES },
    { OUT_DROPS "," RULE ("output", IS ("==", PAYLOAD ("udp", "dport"),
      "62201") "," DO ("accept")), RULESET_SOME },
    { OUT_DROPS "," RULE ("output", IS ("==", META ("oifname"), "\"eth0\"")
      "," DO ("accept")), RULESET_PASSES },
    { OUT_DROPS "," RULE ("output", IS ("==", META ("oifname"), "\"lo\"")
      "," DO ("accept")), RULESET_DROPS },
    /* Established, if what it answers was let in.  */
    { IN_PASSES "," OUT_DROPS "," RULE ("output", ESTABLISHED),
      RULESET_PASSES },
    { IN_DROPS "," OUT_DROPS "," RULE ("output", ESTABLISHED),
      RULESET_DROPS },
    { IN_PASSES "," BASE ("prerouting", -300, "accept") ","
      RULE ("prerouting", "{\"notrack\":null}") "," OUT_DROPS ","
      RULE ("output", ESTABLISHED), RULESET_DROPS },
    { BASE ("postrouting", 0, "drop"), RULESET_DROPS }
  };

START_TEST (an_answer)
{
  enum ruleset_fate fate;

  load_rules (answers[_i].rules);
  fate = answer_of (AF_INET);
  ck_assert_msg (fate == answers[_i].fate, "case %d: %d, not %d", _i, fate,
                 answers[_i].fate);
}
END_TEST


/* -------------------- ways around, and notrack ------------------- */

static uint16_t sent_to;

static void
on_redirect (void *hook, uint16_t port, const char *chain)
{
  (void)hook;
  sent_to = port;
  ck_assert_str_eq (chain, "table inet t, chain nat");
}

#define NAT_RULE(prio, goal) \
  NAT ("prerouting", prio) "," RULE ("nat", DPORT ("2222") "," goal)

/* Where tcp/2222 goes to after Postern's own chain; 0: where it was.  */
static const struct { const char *rules; uint16_t to; } redirects[] =
  {
    { NAT_RULE (-100, "{\"redirect\":{\"port\":22}}"), 22 },
    { NAT_RULE (-100, "{\"dnat\":{\"addr\":\"203.0.113.1\",\"port\":22}}"),
      22 },
    { NAT_RULE (-100, "{\"dnat\":{\"addr\":\"127.0.0.1\",\"port\":22}}"),
      22 },
    { NAT_RULE (-100, "{\"dnat\":{\"addr\":\"172.17.0.2\",\"port\":22}}"),
      0 },
    { NAT_RULE (-100, IS ("==", PAYLOAD ("ip", "saddr"), "\"198.51.100.7\"")
                ",{\"redirect\":{\"port\":22}}"), 22 },
    { NAT_RULE (-100, "{\"redirect\":{\"port\":{\"map\":{\"key\":" PAYLOAD
                ("tcp", "dport") ",\"data\":{\"set\":[[2221,21],"
                "[2222,22]]}}}}}"), 22 },
    /* Before ours it is the port that ours sees.  */
    { NAT_RULE (-160, "{\"redirect\":{\"port\":22}}"), 0 },
    { NAT ("prerouting", -100) "," RULE ("nat", DPORT ("2223")
      ",{\"redirect\":{\"port\":22}}"), 0 },
    { NAT ("prerouting", -100) "," RULE ("nat", DO ("accept")) ","
      RULE ("nat", DPORT ("2222") ",{\"redirect\":{\"port\":22}}"), 0 }
  };

START_TEST (a_way_around)
{
  struct ruleset_packet packet = packet_to (AF_INET, IPPROTO_TCP, 2222);

  load_rules (redirects[_i].rules);
  sent_to = 0;
  ruleset_find_redirects (ruleset, &packet, on_redirect, NULL);
  ck_assert_msg (sent_to == redirects[_i].to, "case %d: %u", _i, sent_to);
}
END_TEST

START_TEST (notrack)
{
  struct ruleset_packet packet = packet_to (AF_INET, IPPROTO_TCP, 22);
  struct ruleset_verdict verdict;

  load_rules (BASE ("prerouting", -300, "accept") "," RULE ("prerouting",
              IS ("==", PAYLOAD ("ip", "saddr"), "\"198.51.100.7\"") ","
              DPORT ("22") ",{\"notrack\":null}"));
  ruleset_judge_input (ruleset, &packet, &verdict);
  ck_assert (verdict.notrack);
  packet.port = 23;
  ruleset_judge_input (ruleset, &packet, &verdict);
  ck_assert (!verdict.notrack);
}
END_TEST

/* ---------------------------- trusted ---------------------------- */

#define FROM(op, who) IS (op, PAYLOAD ("ip", "saddr"), who)
#define NET(addr, len) "{\"prefix\":{\"addr\":\"" addr "\",\"len\":" #len "}}"
#define RANGE(a, b) "{\"range\":[\"" a "\",\"" b "\"]}"
#define SETTLED(who) \
  "{\"set\":{" TABLE "\"name\":\"s\",\"elem\":[" who "]}}"
#define REDIRECTS(who) \
  NAT_RULE (-100, FROM ("==", who) ",{\"redirect\":{\"port\":22}}")

/* tcp/22 for somebody who is not in 10.0.0.0/8, or for anybody.  */
static const struct { const char *rules; enum ruleset_fate others, all; }
by_trust[] =
  {
    { IN_DROPS "," RULE ("input", FROM ("==", NET ("10.0.0.0", 8)) ","
      DO ("accept")), RULESET_DROPS, RULESET_SOME },
    { IN_DROPS "," RULE ("input", FROM ("==", "\"10.1.2.3\"") ","
      DO ("accept")), RULESET_DROPS, RULESET_SOME },
    { IN_DROPS "," RULE ("input", FROM ("==", RANGE ("10.1.0.0", "10.2.0.0"))
      "," DO ("accept")), RULESET_DROPS, RULESET_SOME },
    { IN_DROPS "," SETTLED (NET ("10.1.0.0", 16) ",\"10.2.0.1\"") ","
      RULE ("input", FROM ("==", "\"@s\"") "," DO ("accept")),
      RULESET_DROPS, RULESET_SOME },
    { IN_PASSES "," RULE ("input", FROM ("!=", NET ("10.0.0.0", 8)) ","
      DO ("drop")), RULESET_DROPS, RULESET_SOME },
    /* Somebody else as well.  */
    { IN_DROPS "," RULE ("input", FROM ("==", NET ("8.0.0.0", 6)) ","
      DO ("accept")), RULESET_SOME, RULESET_SOME },
    { IN_DROPS "," RULE ("input", FROM ("==", RANGE ("10.1.0.0", "11.0.0.0"))
      "," DO ("accept")), RULESET_SOME, RULESET_SOME },
    { IN_DROPS "," SETTLED (NET ("10.1.0.0", 16) ",\"192.0.2.1\"") ","
      RULE ("input", FROM ("==", "\"@s\"") "," DO ("accept")),
      RULESET_SOME, RULESET_SOME },
    /* A drop of the trusted is not about a grant.  */
    { IN_PASSES "," RULE ("input", FROM ("==", NET ("10.0.0.0", 8)) ","
      DO ("drop")), RULESET_PASSES, RULESET_PASSES }
  };

static void
load_trusted (struct net_prefix *trusted, const char *rules)
{
  load_rules (rules);
  ck_assert (!netspec_prefix_parse ("10.0.0.0/8", trusted));
}

START_TEST (whom_is_trusted)
{
  struct ruleset_packet packet = packet_to (AF_INET, IPPROTO_TCP, 22);
  struct ruleset_verdict verdict;
  struct net_prefix trusted;

  load_trusted (&trusted, by_trust[_i].rules);
  ruleset_judge_input (ruleset, &packet, &verdict);
  ck_assert_msg (verdict.fate == by_trust[_i].all, "case %d: %d", _i,
                 verdict.fate);
  packet.trusted = &trusted;
  packet.n_trusted = 1;
  ruleset_judge_input (ruleset, &packet, &verdict);
  ck_assert_msg (verdict.fate == by_trust[_i].others, "case %d: %d", _i,
                 verdict.fate);
}
END_TEST

/* Where only the trusted have a way around it is not told of.  */
START_TEST (a_way_of_the_trusted)
{
  static const char *const rules[] =
    { REDIRECTS (NET ("10.9.0.0", 16)), REDIRECTS (NET ("11.9.0.0", 16)) };
  struct ruleset_packet packet = packet_to (AF_INET, IPPROTO_TCP, 2222);
  struct net_prefix trusted;

  load_trusted (&trusted, rules[_i]);
  packet.trusted = &trusted;
  packet.n_trusted = 1;
  sent_to = 0;
  ruleset_find_redirects (ruleset, &packet, on_redirect, NULL);
  ck_assert_uint_eq (sent_to, _i ? 22 : 0);
}
END_TEST

START_TEST (ports_of_rules)
{
  load_rules (IN_DROPS "," RULE ("input", DPORT ("{\"set\":[80,{\"range\":"
              "[100,200]}]}") "," DO ("accept")));
  ck_assert_uint_eq (ruleset_next_port (ruleset, 1), 80);
  ck_assert_uint_eq (ruleset_next_port (ruleset, 80), 81);
  ck_assert_uint_eq (ruleset_next_port (ruleset, 81), 100);
  ck_assert_uint_eq (ruleset_next_port (ruleset, 100), 201);
  ck_assert_uint_eq (ruleset_next_port (ruleset, 201), 0);
  ck_assert_uint_eq (ruleset_next_port (ruleset, 65535), 0);
}
END_TEST

START_TEST (what_is_no_ruleset)
{
  ck_assert (ruleset_new ("", false, &ruleset));
  ck_assert (ruleset_new ("{}", false, &ruleset));
  ck_assert (ruleset_new ("{\"nftables\":1}", false, &ruleset));
  ck_assert_ptr_null (ruleset);
  ck_assert (!ruleset_new ("{\"nftables\":[]}", false, &ruleset));
  ck_assert_int_eq (fate_of (AF_INET6, IPPROTO_UDP, 1), RULESET_PASSES);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("ruleset");
  TCase *tc = tcase_create ("ruleset");
  SRunner *sr;
  int failed;

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_loop_test (tc, one_port, 0, sizeof cases / sizeof *cases);
  tcase_add_test (tc, firewalld);
  tcase_add_loop_test (tc, an_answer, 0, sizeof answers / sizeof *answers);
  tcase_add_loop_test (tc, a_way_around, 0,
                       sizeof redirects / sizeof *redirects);
  tcase_add_test (tc, notrack);
  tcase_add_loop_test (tc, whom_is_trusted, 0,
                       sizeof by_trust / sizeof *by_trust);
  tcase_add_loop_test (tc, a_way_of_the_trusted, 0, 2);
  tcase_add_test (tc, ports_of_rules);
  tcase_add_test (tc, what_is_no_ruleset);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
