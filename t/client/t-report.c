/* t-report.c - Tests of client/report.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../client/ask/report.h"
#include "../../client/ask/whoami-json.h"
#include "../../common/base/meant.h"
#include "../../client/ask/noreply.h"
#include "../../client/ask/waiting.h"
#include "../../client/ask/whoami-text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static struct compose_ask question;
static struct report_item item;

static void
setup (void)
{
  setenv ("TZ", "UTC", 1);
  memset (&question, 0, sizeof question);
  memset (&item, 0, sizeof item);
  question.action = REQUEST_OPEN;
  ck_assert_int_eq (netspec_ports_parse ("tcp/22", &question.ports), 0);
  ck_assert_int_eq (reply_new (&item.reply), 0);
  item.name = "web1";
  item.received = 1000000000;   /* 01:46:40 UTC.  */
  item.sent = 1;
  item.reply->result = REPLY_DONE;
  netspec_addr_parse ("203.0.113.7", &item.reply->address);
  item.reply->port = 4711;
  item.reply->until = 1000000030;
}

static void
teardown (void)
{
  reply_release (item.reply);
}

static void
says (const char *expected, int status)
{
  char *line = report_line (&question, &item, 8);

  ck_assert_str_eq (line, expected);
  gpgrt_free (line);
  ck_assert_int_eq (report_status (&item), status);
}

static void
give_reason (const char *reason)
{
  free (item.reply->reason);
  item.reply->reason = strdup (reason);
}

START_TEST (opened)
{
  says ("web1: opened tcp/22 for 203.0.113.7 until 01:47:10 (30 s)", EX_OK);
  give_reason ("cut to 30 s");
  says ("web1: opened tcp/22 for 203.0.113.7 until 01:47:10 (30 s);"
        " cut to 30 s", EX_OK);
  netspec_addr_parse ("2001:db8::7", &question.source);
  give_reason ("\033[2Ja\nb");
  says ("web1: opened tcp/22 for 2001:db8::7 until 01:47:10 (30 s);"
        " ?[2Ja?b", EX_OK);
}
END_TEST

static void
opened_for (const char *source, const char *expected)
{
  char *text;

  netspec_addr_parse (source, &question.source);
  text = report_elsewhere (&question, &item);
  if (!expected)
    ck_assert_ptr_null (text);
  else
    ck_assert_str_eq (text, expected);
  gpgrt_free (text);
}

/* The server sees 203.0.113.7.  */
START_TEST (opened_elsewhere)
{
  static const char nat[] = "web1: the door is open for 203.0.113.8, but the"
    " server sees you at 203.0.113.7 (a NAT or a VPN is on the way); to open"
    " it for that: 'postern open web1 tcp/22 --source observed'; to have it"
    " so always: source = 'observed' in hosts.conf";
  char *text;

  opened_for ("203.0.113.7", NULL);
  opened_for ("203.0.113.8", nat);
  opened_for ("2001:db8::7",
              "web1: the door is open for 2001:db8::7, but your packet came"
              " from 203.0.113.7: it is shut to connections over IPv4; to"
              " open it for those: 'postern open web1 tcp/22 -4'");
  /* Not where that was asked for, nor where nothing opened.  */
  question.has_source = true;
  opened_for ("203.0.113.8", NULL);
  question.has_source = false;
  item.reply->result = REPLY_REFUSED;
  opened_for ("203.0.113.8", NULL);
  item.reply->result = REPLY_DONE;
  memset (&question.source, 0, sizeof question.source);
  text = report_elsewhere (&question, &item);
  ck_assert_ptr_null (text);
}
END_TEST

START_TEST (another_day)
{
  item.reply->until = 1000086400;
  says ("web1: opened tcp/22 for 203.0.113.7 until 2001-09-10 01:46:40"
        " (86400 s)", EX_OK);
  /* The last second of the day, and the first of the next.  */
  item.reply->until = 1000079999;
  says ("web1: opened tcp/22 for 203.0.113.7 until 23:59:59 (79999 s)", EX_OK);
  item.reply->until = 1000080000;
  says ("web1: opened tcp/22 for 203.0.113.7 until 2001-09-10 00:00:00"
        " (80000 s)", EX_OK);
}
END_TEST

START_TEST (guesses)
{
  static const struct { const char *text, *ports; } ports[] = {
    { "22/tcp", "tcp/22" }, { "tcp/ssh", "tcp/22" }, { "TCP/22", "tcp/22" },
    { "ssh/TCP,udp/60000-60010", "tcp/22,udp/60000-60010" },
    { "sctp/22", NULL }, { "tcp/nonesuch", NULL }, { "tcp/0", NULL },
    { "22", NULL }, { "tcp/22,", NULL }, { "", NULL }
  };
  static const struct { const char *text, *time; } times[] = {
    { "60", "60s" }, { "5min", "5m" }, { "2H", "2h" }, { "90 sec", "90s" },
    { "5 years", NULL }, { "", NULL }, { "m", NULL }, { "0", NULL }
  };
  char text[MEANT_PORTSLEN];
  size_t i;

  for (i = 0; i < sizeof ports / sizeof *ports; i++)
    ck_assert_pstr_eq (meant_ports (ports[i].text, text), ports[i].ports);
  for (i = 0; i < sizeof times / sizeof *times; i++)
    ck_assert_pstr_eq (meant_time (times[i].text, text), times[i].time);
}
END_TEST

START_TEST (others)
{
  question.action = REQUEST_CLOSE;
  says ("web1: closed", EX_OK);
  give_reason ("1 closed");
  says ("web1: closed 1 grant", EX_OK);
  give_reason ("12 closed");
  says ("web1: closed 12 grants", EX_OK);
  give_reason ("0 closed");
  says ("web1: closed; 0 closed", EX_OK);
  give_reason ("all closed");
  says ("web1: closed; all closed", EX_OK);
  free (item.reply->reason);
  item.reply->reason = NULL;
  question.action = REQUEST_WHOAMI;
  says ("web1: you are at 203.0.113.7, port 4711", EX_OK);
  item.reply->result = REPLY_REFUSED;
  says ("web1: refused", EX_NOPERM);
  give_reason ("no rule allows it");
  says ("web1: refused: no rule allows it", EX_NOPERM);
  give_reason ("no rule allows this now");
  says ("web1: refused: no rule allows this now; 'postern whoami web1' shows"
        " what you may do", EX_NOPERM);
  give_reason ("no such command is for you");
  says ("web1: refused: no such command is for you; 'postern whoami web1'"
        " shows what you may do", EX_NOPERM);
  give_reason ("no rule allows it");
  item.reply->result = REPLY_PENDING;
  says ("web1: pending: no rule allows it", EX_TEMPFAIL);
}
END_TEST

START_TEST (advice_on_passwords)
{
  struct profile_host host;

  memset (&host, 0, sizeof host);
  host.ports = question.ports;
  item.host = &host;
  item.reply->result = REPLY_REFUSED;
  give_reason ("a password is asked for");
  says ("web1: refused: a password is asked for; use --ask-password or"
        " --password-fd; after a fresh invite you are asked without",
        EX_NOPERM);
  netspec_ports_parse ("tcp/80", &question.ports);
  says ("web1: refused: a password is asked for; use --ask-password or"
        " --password-fd", EX_NOPERM);
  memcpy (host.credential, "ldap", 5);
  says ("web1: refused: a password is asked for; leave out --no-password",
        EX_NOPERM);
  give_reason ("the credential was refused");
  says ("web1: refused: the credential was refused; nothing was done; ask"
        " again with the right one, and with --user NAME if your name there"
        " is another", EX_NOPERM);
  give_reason ("a credential that nothing asks for");
  says ("web1: refused: a credential that nothing asks for; use"
        " --no-password", EX_NOPERM);
  give_reason ("a credential that nothing asks for ");
  says ("web1: refused: a credential that nothing asks for ", EX_NOPERM);
  item.reply->result = REPLY_PENDING;
  give_reason ("the credential was refused");
  says ("web1: pending: the credential was refused", EX_TEMPFAIL);
}
END_TEST

START_TEST (unknown)
{
  teardown ();
  item.reply = NULL;
  says ("web1: unknown: no reply within 8 s; the door may or may not be"
        " open", EX_UNAVAILABLE);
  item.sent = 0;
  item.error = gpg_error (GPG_ERR_EPERM);
  says ("web1: not sent: a firewall on this machine forbids it; see 'nft list"
        " ruleset' or 'iptables -S OUTPUT', and let udp/62201 out",
        EX_UNAVAILABLE);
  item.error = gpg_error (GPG_ERR_ENETUNREACH);
  says ("web1: not sent: Network is unreachable; is the network up?",
        EX_UNAVAILABLE);
}
END_TEST

/* The causes are told in this order; the words are of the first of them.  */
static void
causes (const struct noreply_facts *facts, const char *const *words)
{
  char *text[NOREPLY_MAX];
  size_t i, n = noreply_causes (facts, text);

  for (i = 0; i < n; i++)
    {
      ck_assert_ptr_nonnull (words[i]);
      ck_assert_msg (strstr (text[i], words[i]) != NULL, "%zu: %s: %s", i,
                     words[i], text[i]);
      gpgrt_free (text[i]);
    }
  ck_assert_ptr_null (words[n]);
}

START_TEST (no_reply)
{
  static const char *const nothing_known[] =
    { "drops udp/62201", "two minutes ago", "no longer enrolled",
      "which shows 2001-09-09 01:46:40 +0000, or the server's", NULL };
  static const char *const reached[] =
    { "two minutes ago", "no longer enrolled", "or the server's",
      "drops udp/62201", NULL };
  static const char *const free_clock[] =
    { "is not synchronised (see 'timedatectl'); it shows 2001-09-09",
      "drops udp/62201", "two minutes ago", "no longer enrolled", NULL };
  static const char *const new_key[] =
    { "has a signing subkey of 2001-09-07", "drops", "two minutes", "enrolled",
      "clock", NULL };
  static const char *const unreachable[] =
    { "does not carry packets to 203.0.113.1 port 62201: No route to host",
      "not synchronised", "subkey of 2001-09-07", "two minutes", "enrolled",
      NULL };
  struct profile_host host = { .name = "web1", .n_addresses = 1,
    .address = { "203.0.113.1" }, .port = 62201 };
  struct noreply_facts facts = { .host = &host, .now = 1000000000 };

  causes (&facts, nothing_known);
  facts.error = gpg_error (GPG_ERR_ECONNREFUSED);
  causes (&facts, reached);
  facts.error = 0;
  facts.unsynchronised = true;
  causes (&facts, free_clock);
  facts.unsynchronised = false;
  facts.signer_made = 999900000;
  causes (&facts, new_key);
  facts.unsynchronised = true;
  facts.error = gpg_error (GPG_ERR_EHOSTUNREACH);
  causes (&facts, unreachable);
}
END_TEST

/* All of what is printed for the two ITEMS.  */
static int
print (const struct report_item *items, bool json, char **r_text)
{
  size_t len;
  FILE *fp = open_memstream (r_text, &len);
  struct report report;
  int status;

  /* Two requests for one host each.  */
  question.n_hosts = 1;
  report_begin (&report, fp, json);
  report_add (&report, &question, items, "abcd", 8);
  report_add (&report, &question, items + 1, "efgh", 8);
  status = report_end (&report);
  fclose (fp);
  return status;
}

START_TEST (worst_of_all)
{
  struct report_item items[2] = { item, item };
  reply_t refused;
  char *text;

  ck_assert_int_eq (print (items, false, &text), EX_OK);
  ck_assert_ptr_null (strchr (text, '\033'));
  free (text);
  items[0].reply = NULL;
  ck_assert_int_eq (print (items, false, &text), EX_UNAVAILABLE);
  free (text);
  ck_assert_int_eq (reply_new (&refused), 0);
  refused->result = REPLY_REFUSED;
  items[1].reply = refused;
  ck_assert_int_eq (print (items, false, &text), EX_NOPERM);
  free (text);
  ck_assert_int_eq (print (items, true, &text), EX_NOPERM);
  ck_assert_ptr_nonnull (strstr (text, "\"result\": \"unknown\""));
  ck_assert_ptr_nonnull (strstr (text, "\"result\": \"refused\""));
  free (text);
  reply_release (refused);
}
END_TEST

/* Nobody comes from there: not a success, whatever else was asked.  */
START_TEST (elsewhere_is_told)
{
  struct report_item items[2] = { item, item };
  char *text;

  netspec_addr_parse ("203.0.113.8", &question.source);
  ck_assert_int_eq (print (items, false, &text), EX_UNAVAILABLE);
  ck_assert_ptr_nonnull (strstr (text, "opened tcp/22 for 203.0.113.8"));
  free (text);
  ck_assert_int_eq (print (items, true, &text), EX_UNAVAILABLE);
  ck_assert_ptr_nonnull (strstr (text, "\"address\": \"203.0.113.8\""));
  ck_assert_ptr_nonnull (strstr (text, "\"seen-address\": \"203.0.113.7\""));
  free (text);
  netspec_addr_parse ("203.0.113.7", &question.source);
  ck_assert_int_eq (print (items, false, &text), EX_OK);
  free (text);
}
END_TEST

START_TEST (json)
{
  struct report_item items[2] = { item, item };
  char *text;

  ck_assert_int_eq (print (items, true, &text), EX_OK);
  ck_assert_ptr_nonnull (strstr (text, "\"host\": \"web1\""));
  ck_assert_ptr_nonnull (strstr (text, "\"until\": 1000000030"));
  ck_assert_ptr_nonnull (strstr (text, "\"address\": \"203.0.113.7\""));
  ck_assert_ptr_nonnull (strstr (text, "\"request\": \"abcd\""));
  ck_assert_ptr_nonnull (strstr (text, "\"request\": \"efgh\""));
  ck_assert_int_eq (*text, '[');
  ck_assert_ptr_null (strstr (text, "[\n  ["));
  free (text);
}
END_TEST

/* TEXT as whoami's reply, and as compact JSON with its members sorted.  */
static void
is_whoami (const char *text, const char *expected)
{
  json_t *object = json_object ();
  char *got;

  whoami_json (object, text, strlen (text));
  got = json_dumps (object, JSON_COMPACT | JSON_SORT_KEYS);
  ck_assert_str_eq (got, expected);
  free (got);
  json_decref (object);
}

START_TEST (whoami)
{
  is_whoami ("you are alice\nno rule is for you\naccess ends 1900000000\n",
             "{\"access-ends\":1900000000,\"commands\":[],\"rules\":[],"
             "\"user\":\"alice\",\"whole\":true}");
  is_whoami ("you are bob\n"
             "rule far: tcp/25 for at most 2d, with a signed"
             " address (--source)\nrule web: tcp/80,udp/6-9 for at most 1h30m,"
             " Mon-Fri 07:00-20:00, Sat,Sun 10:00-12:00, with a password,"
             " when 2 others approve, but not at this hour\n"
             "command now: no arguments, but not from this address\n",
             "{\"access-ends\":null,\"commands\":[{\"approval\":false,"
             "\"approvals\":0,\"arguments\":null,\"hours\":[],"
             "\"name\":\"now\",\"not-now\":\"address\","
             "\"password\":false,\"signed-address\":false}],\"rules\":["
             "{\"approval\":false,\"approvals\":0,\"hours\":[],"
             "\"max-time\":172800,\"name\":\"far\","
             "\"not-now\":null,\"password\":false,\"ports\":[\"tcp/25\"],"
             "\"signed-address\":true},{\"approval\":true,\"approvals\":2,"
             "\"hours\":[\"Mon-Fri 07:00-20:00\",\"Sat,Sun 10:00-12:00\"],"
             "\"max-time\":5400,\"name\":\"web\",\"not-now\":\"hour\","
             "\"password\":true,\"ports\":[\"tcp/80\",\"udp/6-9\"],"
             "\"signed-address\":false}],"
             "\"user\":\"bob\",\"whole\":true}");
  is_whoami ("command a: v=TEXT, 22:00-06:00, when 1 other approves\n"
             "command b: v=TEXT, when others approve\n"
             "command c: v=TEXT, when 1 others approve\n",
             "{\"access-ends\":null,\"commands\":[{\"approval\":true,"
             "\"approvals\":1,\"arguments\":\"v=TEXT\","
             "\"hours\":[\"22:00-06:00\"],\"name\":\"a\","
             "\"not-now\":null,\"password\":false,"
             "\"signed-address\":false},{\"approval\":true,"
             "\"approvals\":null,\"arguments\":\"v=TEXT\",\"hours\":[],"
             "\"name\":\"b\",\"not-now\":null,\"password\":false,"
             "\"signed-address\":false},{\"approval\":false,"
             "\"approvals\":0,"
             "\"arguments\":\"v=TEXT, when 1 others approve\","
             "\"hours\":[],\"name\":\"c\",\"not-now\":null,"
             "\"password\":false,\"signed-address\":false}],\"rules\":[],"
             "\"user\":null,\"whole\":true}");
  /* What was cut off, or fits nothing, is not made up.  */
  is_whoami ("you are bob\nrule web: tcp/80 for at most 1h",
             "{\"access-ends\":null,\"commands\":[],\"rules\":[],"
             "\"user\":\"bob\",\"whole\":false}");
  is_whoami ("rule a: tcp/80 for at most 99999d99999d\nrule b: for at most 1h"
             "\nrule c: tcp/0 for at most 1h\naccess ends soon\nrule d\n\n",
             "{\"access-ends\":null,\"commands\":[],\"rules\":[],"
             "\"user\":null,\"whole\":false}");
  is_whoami ("you are \x1b[2J\n",
             "{\"access-ends\":null,\"commands\":[],\"rules\":[],"
             "\"user\":null,\"whole\":false}");
  is_whoami ("", "{\"access-ends\":null,\"commands\":[],\"rules\":[],"
             "\"user\":null,\"whole\":false}");
}
END_TEST

/* TEXT as whoami's reply, for a person.  */
static void
shows (const char *text, const char *expected)
{
  struct report_item items[2] = { item, item };
  char *got;

  question.action = REQUEST_WHOAMI;
  item.reply->output_len = strlen (text);
  item.reply->output = strdup (text);
  print (items, false, &got);
  ck_assert_msg (!strncmp (got, expected, strlen (expected)), "%s", got);
  ck_assert_str_eq (got + strlen (expected), expected);
  free (got);
  free (item.reply->output);
  item.reply->output = NULL;
}

/* The name is told once, and what was cut off shows it.  */
START_TEST (whoami_for_a_person)
{
  struct profile_host host = { .user = "bob" };

  item.host = &host;
  shows ("you are alice\nrule ssh: tcp/22 for at most 1m\n",
         "web1: you are alice at 203.0.113.7, port 4711\n"
         "rule ssh: tcp/22 for at most 1m\n");
  shows ("rule web: tcp/80 for at most 1h, Mon-Fri 07:00-20:00, with a"
         " password, when 2 others approve, but not at this hour\ncommand a",
         "web1: you are bob at 203.0.113.7, port 4711\n"
         "rule web: tcp/80 for at most 1h, Mon-Fri 07:00-20:00, with a"
         " password, when 2 others approve, but not at this hour\n"
         "command a...\n");
  shows ("you are \x1b[2J\n", "web1: you are bob at 203.0.113.7, port 4711\n"
         "you are ?[2J\n");
}
END_TEST

START_TEST (whoami_with_no_rights)
{
  static const struct { const char *text; bool nothing; } cases[] =
    {
      { "you are alice\nno rule is for you\n", true },
      { "no rule is for you\naccess ends 1900000000\n", true },
      { "you are alice\nno rule is for you\ncommand a: no arguments\n",
        false },
      { "you are alice\nno rule is for you\ncomm", false },
      { "you are alice\nrule a: tcp/22 for at most 1m\n", false },
      { "you are alice\n", false }, { "", false }
    };
  size_t i;

  for (i = 0; i < sizeof cases / sizeof *cases; i++)
    ck_assert_msg (whoami_text_nothing (cases[i].text, strlen (cases[i].text))
                   == cases[i].nothing, "%s", cases[i].text);
}
END_TEST

/* A time that no clock shows is none.  */
START_TEST (waiting_until)
{
  static const struct { json_int_t until; const char *shown; } cases[] =
    {
      { 1000000000, "until 2001-09-09 01:46:40" },
      { 253402300799, "until 9999-12-31 23:59:59" },
      { 253402300800, "until ?" }, { 9007199254740991, "until ?" },
      { 0, "until ?" }, { -1, "until ?" }
    };
  json_t *object;
  char *line;
  size_t i;

  for (i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      object = json_pack ("{s:s, s:I}", "what", "tcp/22", "until",
                          cases[i].until);
      line = waiting_line (object);
      ck_assert_msg (strstr (line, cases[i].shown) != NULL, "%s", line);
      gpgrt_free (line);
      json_decref (object);
    }
}
END_TEST

/* What a server says that waits: nothing of it moves a cursor.  */
START_TEST (waiting)
{
  static const char *const bad[] =
    { "a\n0badc0de  bob", "\033[8m", "\302\2332J", "\342\200\256ecila",
      "al\342\200\213ice" };
  json_t *object = json_object ();
  size_t i;

  ck_assert_str_eq (waiting_word (object, "user"), "");
  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      json_object_set_new (object, "user", json_string (bad[i]));
      ck_assert_str_eq (waiting_word (object, "user"), "?");
    }
  json_object_set_new (object, "user", json_string ("alice"));
  ck_assert_str_eq (waiting_word (object, "user"), "alice");
  json_decref (object);
}
END_TEST

START_TEST (fingerprint)
{
  char text[REPORT_FPRLEN];

  ck_assert_str_eq (report_fingerprint
                    ("2D430E81279996EFE251BDD0A5CF07D97F6457C0", text),
                    "2D43 0E81 2799 96EF E251 BDD0 A5CF 07D9 7F64 57C0");
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("report");
  TCase *tc = tcase_create ("report");
  SRunner *sr = srunner_create (suite);
  int failed;

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, opened);
  tcase_add_test (tc, opened_elsewhere);
  tcase_add_test (tc, another_day);
  tcase_add_test (tc, guesses);
  tcase_add_test (tc, others);
  tcase_add_test (tc, advice_on_passwords);
  tcase_add_test (tc, unknown);
  tcase_add_test (tc, no_reply);
  tcase_add_test (tc, worst_of_all);
  tcase_add_test (tc, elsewhere_is_told);
  tcase_add_test (tc, json);
  tcase_add_test (tc, whoami);
  tcase_add_test (tc, whoami_for_a_person);
  tcase_add_test (tc, whoami_with_no_rights);
  tcase_add_test (tc, fingerprint);
  tcase_add_test (tc, waiting);
  tcase_add_test (tc, waiting_until);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
