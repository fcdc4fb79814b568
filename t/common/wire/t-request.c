/* t-request.c - Tests of common/request.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../common/wire/request.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../../common/base/encode.h"
#include "text-cases.h"

#define KEY "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define FPR "2D430E81279996EFE251BDD0A5CF07D97F6457C0"
#define FPR5 FPR "0123456789ABCDEF01234567"
#define HEAD "postern-request: 1\nkey: " KEY "\ntime: 1700000000\n" \
             "to: web1=" FPR "\naction: "
#define OPEN HEAD "open\nsource: observed\nports: tcp/22\n"
#define OPEN_ALL HEAD "open\nuser: alice.b\nsource: 203.0.113.7\n" \
  "ports: tcp/22\nbind: 40001\nonce: yes\nfor: 60\n" \
  "forward: 10.1.2.3:443\nreason: disk%20full\nreply: no\n"
#define RUN HEAD "run\nsource: observed\ncommand: restart\n" \
  "arg: unit=nginx\narg: mode=a%3Db%0A\n"
#define APPROVE HEAD "approve\nsource: observed\nrequest: " KEY "\n"

#define CASES(good, cases) \
  text_check_cases (judge, good, cases, sizeof cases / sizeof cases[0])


static const char *
judge (const void *text, size_t len)
{
  request_t req;
  const char *why;
  gpg_error_t err = request_parse (text, len, &req, &why);

  if (err)
    {
      ck_assert_ptr_null (req);
      ck_assert_ptr_nonnull (why);
      return why;
    }
  ck_assert_ptr_null (why);
  ck_assert_ptr_nonnull (req);
  request_release (req);
  return NULL;
}


/* Text, to request, to the same text.  */
static void
check_roundtrip (const char *good)
{
  request_t req;
  char *text;
  size_t len;
  const char *why;

  ck_assert (!request_parse (good, strlen (good), &req, NULL));
  ck_assert (!request_write (req, &text, &len, &why));
  ck_assert_uint_eq (len, strlen (good));
  ck_assert_str_eq (text, good);
  request_text_release (text, len);
  request_release (req);
}


START_TEST (all_members)
{
  request_t req;
  unsigned int i;

  check_roundtrip (OPEN);
  check_roundtrip (OPEN_ALL);
  check_roundtrip (RUN);
  check_roundtrip (APPROVE);
  ck_assert (!request_parse (OPEN_ALL, strlen (OPEN_ALL), &req, NULL));
  for (i = 0; i < REQUEST_KEYLEN; i++)
    ck_assert_uint_eq (req->key[i], i);
  ck_assert_uint_eq (req->time, 1700000000);
  ck_assert_uint_eq (req->n_targets, 1);
  ck_assert_str_eq (req->target[0].host, "web1");
  ck_assert_str_eq (req->target[0].fpr, FPR);
  ck_assert_int_eq (req->action, REQUEST_OPEN);
  ck_assert_str_eq (req->user, "alice.b");
  ck_assert_int_eq (req->source.family, AF_INET);
  ck_assert_uint_eq (req->source.bytes[3], 7);
  ck_assert_uint_eq (req->ports.n, 1);
  ck_assert_uint_eq (req->ports.range[0].first, 22);
  ck_assert_uint_eq (req->bind, 40001);
  ck_assert (req->once);
  ck_assert_uint_eq (req->seconds, 60);
  ck_assert_uint_eq (req->forward.bytes[0], 10);
  ck_assert_uint_eq (req->forward_port, 443);
  ck_assert_str_eq (req->reason, "disk full");
  ck_assert (req->no_reply);
  ck_assert (!req->has_request);
  request_release (req);
  ck_assert (!request_parse (RUN, strlen (RUN), &req, NULL));
  ck_assert_str_eq (req->command, "restart");
  ck_assert_uint_eq (req->n_args, 2);
  ck_assert_str_eq (req->arg[1].name, "mode");
  ck_assert_str_eq (req->arg[1].value, "a=b\n");
  request_release (req);
  ck_assert (!request_parse (APPROVE, strlen (APPROVE), &req, NULL));
  ck_assert (req->has_request);
  ck_assert_uint_eq (req->request[31], 31);
  request_release (req);
}
END_TEST


START_TEST (common_refusals)
{
  text_check_common (judge, OPEN);
  text_check_flipped (judge, OPEN_ALL);
  text_check_flipped (judge, RUN);
  text_check_truncated (judge, OPEN, strlen (OPEN));
  text_check_truncated (judge, APPROVE, strlen (APPROVE));
  text_check_truncated (judge, OPEN_ALL,
                        (size_t)(strstr (OPEN_ALL, "bind") - OPEN_ALL));
  text_check_truncated (judge, RUN,
                        (size_t)(strstr (RUN, "arg") - RUN));
}
END_TEST


START_TEST (order_and_repetition)
{
  static const struct text_case cases[] = {
    { "time: 1700000000\n", "", "time: missing" },
    { "key: " KEY "\n", "", "key: missing" },
    { "to: web1=" FPR "\n", "", "to: missing" },
    { "action: open\n", "", "action: missing" },
    { "source: 203.0.113.7\n", "", "source: missing" },
    { "postern-request: 1\n", "", "postern-request: missing" },
    { "user: alice.b\n", "", NULL },
    { "bind: 40001\n", "bind: 40001\nbind: 40001\n", "bind: repeated" },
    { "reply: no\n", "reply: no\nreply: no\n", "reply: repeated" },
    { "bind: 40001\nonce: yes\n", "once: yes\nbind: 40001\n",
      "bind: repeated or out of order" },
    { "postern-request: 1\n", "postern-request: 1\npostern-request: 1\n",
      "postern-request: repeated" },
    { "reply: no\n", "reply: no\npostern-request: 1\n",
      "postern-request: repeated" }
  };

  CASES (OPEN_ALL, cases);
}
END_TEST


START_TEST (head_values)
{
  static const struct text_case cases[] = {
    { "Hh8=", "Hh8", "key: " },
    { "Hh8=", "Hh9=", "key: " },        /* A stray bit.  */
    { "Hh8=", "Hh8=AAAA", "key: " },
    { "Hh8=", "Hh==", "key: " },
    { "AAEC", "AA-C", "key: " },
    { "AAEC", "AA/C", NULL },
    { "1700000000", "01700000000", "time: " },
    { "1700000000", "+1700000000", "time: " },
    { "1700000000", "0", "time: " },
    { "1700000000", "1", NULL },
    { "1700000000", "253402300799", NULL },
    { "1700000000", "253402300800", "time: " },
    { "1700000000", "99999999999999999999", "time: " },
    { "web1=" FPR, "web1=" FPR5, NULL },
    { "web1=" FPR, "web1=" FPR "0", "to: " },
    { "web1=2D", "web1=2d", "to: " },
    { "web1=", "Web1=", "to: " },
    { "web1=", "=", "to: " },
    { "web1=", "web1", "to: " },
    { "web1=" FPR, "web1=" FPR ",web1=" FPR, "to: " },
    { "web1=" FPR, "web1=" FPR ",web2=" FPR, NULL },
    { "web1=" FPR, "web1=" FPR ",", "to: " },
    { "web1=" FPR, "web1=" FPR ", web2=" FPR, "to: " },
    { "action: open", "action: Open", "action: " },
    { "action: open", "action: opens", "action: " },
    { "action: open", "action: ", "action: " }
  };

  CASES (OPEN, cases);
}
END_TEST


/* Values of a request to open: each wrong one beside one that is right.  */
static const struct text_case open_cases[] = {
  { "alice.b", "", "user: " },
  { "alice.b", "alice b", "user: " },
  { "alice.b", "alice%20b", NULL },
  { "alice.b", "alice%2eb", "user: " },       /* Needless.  */
  { "alice.b", "alice%3db", "user: " },       /* Lower case.  */
  { "alice.b", "alice%3Db", NULL },
  { "alice.b", "alice%0Ab", "user: " },       /* Decodes to a LF.  */
  { "alice.b", "alice%00b", "user: " },
  { "alice.b", "alice%E2%80%AE", "user: " },
  { "alice.b", "alice%FF", "user: " },
  { "alice.b", "alic\xc3\xa9", NULL },
  { "alice.b", "alic%C3%A9", "user: " },
  { "alice.b", "alice%", "user: " },
  { "203.0.113.7", "observed", NULL },
  { "203.0.113.7", "Observed", "source: " },
  { "203.0.113.7", "203.0.113.07", "source: " },
  { "203.0.113.7", "203.0.113", "source: " },
  { "203.0.113.7", "2001:db8::7", NULL },
  { "203.0.113.7", "2001:DB8::7", "source: " },
  { "203.0.113.7", "2001:db8:0::7", "source: " },
  { "203.0.113.7", "2001:0db8::7", "source: " },
  { "203.0.113.7", "::ffff:203.0.113.7", "source: " },
  { "203.0.113.7", "::ffff:cb00:7107", "source: " },
  { "203.0.113.7", "0.0.0.0", "source: " },
  { "203.0.113.7", "::", "source: " },
  { "203.0.113.7", "127.0.0.1", "source: " },
  { "203.0.113.7", "::1", "source: " },
  { "203.0.113.7", "224.0.0.1", "source: " },
  { "203.0.113.7", "ff02::1", "source: " },
  { "203.0.113.7", "255.255.255.255", "source: " },
  { "203.0.113.7", "fe80::1%eth0", "source: " },
  { "tcp/22", "tcp/022", "ports: " },
  { "tcp/22", "TCP/22", "ports: " },
  { "tcp/22", "sctp/22", "ports: " },
  { "tcp/22", "tcp/0", "ports: " },
  { "tcp/22", "tcp/65536", "ports: " },
  { "tcp/22", "tcp/65535", NULL },
  { "tcp/22", "tcp/22-22", "ports: " },
  { "tcp/22", "tcp/22,tcp/22", "ports: " },
  { "tcp/22", "tcp/22,", "ports: " },
  { "40001", "0", "bind: " },
  { "40001", "1", NULL },
  { "40001", "65536", "bind: " },
  { "40001", "65535", NULL },
  { "40001", "040001", "bind: " },
  { "once: yes", "once: no", "once: " },
  { "once: yes", "once: Yes", "once: " },
  { "for: 60", "for: 0", "for: " },
  { "for: 60", "for: 60s", "for: " },
  { "for: 60", "for: 31622400", NULL },
  { "for: 60", "for: 31622401", "for: " },
  { "10.1.2.3:443", "10.1.2.3", "forward: " },
  { "10.1.2.3:443", "10.1.2.3:0", "forward: " },
  { "10.1.2.3:443", "10.1.2.3:65536", "forward: " },
  { "10.1.2.3:443", "127.0.0.1:443", "forward: " },
  { "10.1.2.3:443", "[2001:db8::1]:443", NULL },
  { "10.1.2.3:443", "2001:db8::1:443", "forward: " },
  { "10.1.2.3:443", "[10.1.2.3]:443", "forward: " },
  { "10.1.2.3:443", "[2001:db8::1:443", "forward: " },
  { "10.1.2.3:443", "[:443", "forward: " },
  { "10.1.2.3:443", "[]:443", "forward: " },
  { "10.1.2.3:443", ":443", "forward: " },
  { "disk%20full", "", "reason: " },
  { "disk%20full", "disk+full", NULL },
  { "disk%20full", "disk%0Afull", "reason: " },
  { "disk%20full", "disk%c2%85full", "reason: " },
  { "reply: no", "reply: yes", "reply: " }
};


START_TEST (open_values)
{
  CASES (OPEN_ALL, open_cases);
}
END_TEST


START_TEST (run_values)
{
  static const struct text_case cases[] = {
    { "restart", "Restart", "command: " },
    { "restart", "", "command: " },
    { "restart", "re/start", "command: " },
    { "unit=nginx", "unit=", NULL },
    { "unit=nginx", "unit", "arg: " },
    { "unit=nginx", "=nginx", "arg: " },
    { "unit=nginx", "Unit=nginx", "arg: " },
    { "unit=nginx", "unit=a=b", "arg: " },
    { "unit=nginx", "unit=a,b", "arg: " },
    { "unit=nginx", "unit=a%2Cb", NULL },
    { "unit=nginx", "unit=a%00b", "arg: " },
    { "unit=nginx", "unit=a%FFb", NULL },
    { "unit=nginx", "mode=nginx", "arg: " }     /* Differ.  */
  };

  CASES (RUN, cases);
}
END_TEST


START_TEST (lines_of_open)
{
  static const struct text_case cases[] = {
    { "open\n", "close\n", "ports: goes with open only" },
    { "ports: tcp/22\n", "", "ports: missing" },
    { "ports: tcp/22\n", "ports: tcp/22\ncommand: x\n", "command: goes" },
    { "ports: tcp/22\n", "ports: tcp/22\narg: x=y\n", "arg: goes" },
    { "ports: tcp/22\n", "ports: tcp/22\nrequest: " KEY "\n",
      "request: goes" },
    { "tcp/22\n", "tcp/22-23\nforward: 10.1.2.3:443\n", "forward: goes" },
    { "tcp/22\n", "tcp/22,tcp/80\nforward: 10.1.2.3:443\n",
      "forward: goes" },
    { "tcp/22\n", "tcp/22\nforward: 10.1.2.3:443\n", NULL },
    { "open\nsource: observed\nports: tcp/22\n",
      "close\nsource: observed\n", NULL },
    { "open\nsource: observed\nports: tcp/22\n",
      "close\nsource: observed\nbind: 1\n", "bind: goes" },
    { "open\nsource: observed\nports: tcp/22\n",
      "close\nsource: observed\nonce: yes\n", "once: goes" },
    { "open\nsource: observed\nports: tcp/22\n",
      "close\nsource: observed\nfor: 5\n", "for: goes" },
    { "open\nsource: observed\nports: tcp/22\n",
      "close\nsource: observed\nforward: 10.1.2.3:443\n", "forward: goes" },
    { "open\nsource: observed\nports: tcp/22\n",
      "whoami\nsource: 203.0.113.7\n", NULL },
    { "open\nsource: observed\nports: tcp/22\n",
      "pending\nsource: 203.0.113.7\n", "source: an address" },
    { "open\nsource: observed\nports: tcp/22\n",
      "pending\nsource: observed\n", NULL },
    { "open\nsource: observed\nports: tcp/22\n",
      "pending\nuser: bob\nsource: observed\nreason: x\nreply: no\n", NULL }
  };

  CASES (OPEN, cases);
}
END_TEST


static const char *judge_args (const char *action, const char *args);

/* The arguments of result and pending.  */
START_TEST (few_arguments)
{
  static const struct
  {
    const char *action, *args, *why;
  } cases[] = {
    { "result", "", NULL }, { "pending", "", NULL },
    { "result", "arg: from=1\n", NULL },
    { "result", "arg: from=16777216\n", NULL },
    { "result", "arg: from=16777217\n", "arg: not" },
    { "result", "arg: from=0\n", "arg: not" },
    { "result", "arg: from=01\n", "arg: not" },
    { "result", "arg: from=x\n", "arg: not" },
    { "result", "arg: id=01234567\n", "arg: not" },
    { "pending", "arg: id=01234567\n", NULL },
    { "pending", "arg: from=9\narg: id=0123456789abcdef\n", NULL },
    { "pending", "arg: id=0123456\n", "arg: not" },
    { "pending", "arg: id=0123456G\n", "arg: not" },
    { "pending", "arg: to=x\n", "arg: not" },
    { "whoami", "arg: from=1\n", "arg: goes" }
  };
  const char *why;
  size_t i;

  for (i = 0; i < sizeof cases / sizeof *cases; i++)
    {
      why = judge_args (cases[i].action, cases[i].args);
      ck_assert_msg (!why == !cases[i].why
                     && (!why || strstr (why, cases[i].why)),
                     "%s %s: %s", cases[i].action, cases[i].args,
                     why ? why : "taken");
    }
}
END_TEST


static const char *
judge_args (const char *action, const char *args)
{
  char text[1024];
  const char *why;
  request_t req;
  gpg_error_t err;

  snprintf (text, sizeof text, "postern-request: 1\nkey: " KEY
            "\ntime: 1700000000\nto: web1=" FPR "\naction: %s\n"
            "source: observed\n%s%s", action, args,
            strcmp (action, "result") ? "" : "request: " KEY "\n");
  err = request_parse (text, strlen (text), &req, &why);
  ck_assert (!err == !why);
  if (!err && strstr (args, "from="))
    ck_assert_uint_eq (request_from (req),
                       (uint32_t)strtoul (strstr (args, "from=") + 5, NULL,
                                          10));
  request_release (req);
  return why;
}


START_TEST (lines_of_others)
{
  static const struct text_case run[] = {
    { "command: restart\n", "", "command: missing" },
    { "arg: unit=nginx\n", "", NULL },
    { "command: restart\n", "ports: tcp/22\ncommand: restart\n",
      "ports: goes" },
    { "arg: mode=a%3Db%0A\n", "request: " KEY "\n", "request: goes" },
    { "run\nsource: observed", "run\nsource: 203.0.113.7", NULL },
    { "action: run", "action: close", "command: goes" },
    { "arg: mode=a%3Db%0A\n",
      "arg: mode=a%3Db%0A\nreason: down\nemergency: yes\n", NULL },
    { "arg: mode=a%3Db%0A\n", "arg: mode=a%3Db%0A\nemergency: yes\n",
      "emergency: goes" },
    { "arg: mode=a%3Db%0A\n",
      "arg: mode=a%3Db%0A\nreason: down\nemergency: no\n", "emergency: not" }
  };
  static const struct text_case approve[] = {
    { "request: " KEY "\n", "", "request: missing" },
    { "approve\n", "deny\n", NULL },
    { "approve\n", "result\n", NULL },
    { "approve\n", "pending\n", "request: goes" },
    { "observed\n", "203.0.113.7\n", "source: an address" },
    { "request: AAEC", "request: AAE", "request: " },
    { "request: " KEY, "request: AAAA", "request: " },
    { "approve\n", "result\n", NULL },
    { "request: " KEY, "arg: from=7\nrequest: " KEY, "arg: goes" },
    { "request: " KEY "\n", "request: " KEY "\nreason: x\nemergency: yes\n",
      "emergency: goes" }
  };

  CASES (RUN, run);
  CASES (APPROVE, approve);
}
END_TEST


/* A text with N servers, ports or arguments.  */
static char *
with_many (unsigned int targets, unsigned int ports, unsigned int args)
{
  char *text = NULL;
  size_t len;
  FILE *fp = open_memstream (&text, &len);
  unsigned int i;

  ck_assert_ptr_nonnull (fp);
  fprintf (fp, "postern-request: 1\nkey: " KEY "\ntime: 1\nto: ");
  for (i = 0; i < targets; i++)
    fprintf (fp, "%sweb%u=" FPR, i ? "," : "", i);
  fprintf (fp, "\naction: %s\nsource: observed\n", args ? "run" : "open");
  for (i = 0; i < ports; i++)
    fprintf (fp, "%stcp/%u", i ? "," : "ports: ", 100 + i);
  fprintf (fp, "%s%s", ports ? "\n" : "", args ? "command: x\n" : "");
  for (i = 0; i < args; i++)
    fprintf (fp, "arg: a%u=%u\n", i, i);
  fclose (fp);
  return text;
}


START_TEST (too_many)
{
  static const struct
  {
    unsigned int targets, ports, args;
    const char *why;
  } cases[] = {
    { 16, 16, 0, NULL }, { 17, 16, 0, "to: " }, { 16, 17, 0, "ports: " },
    { 8, 0, 32, NULL }, { 8, 0, 33, "arg: " }
  };
  size_t i;
  char *text;

  for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
    {
      text = with_many (cases[i].targets, cases[i].ports, cases[i].args);
      text_check (judge, text, strlen (text), cases[i].why, text);
      free (text);
    }
}
END_TEST


START_TEST (longest)
{
  char text[REQUEST_MAXLEN + 2] = OPEN;
  char user[128];
  struct text_case cases[] = {
    { "source", user, NULL }, { "source", user, "user: " } };
  size_t len = strlen (OPEN);

  memcpy (text + len, "reason: ", 8);
  len += 8;
  memset (text + len, 'x', sizeof text - len);
  text[REQUEST_MAXLEN - 1] = '\n';
  text_check (judge, text, REQUEST_MAXLEN, NULL, "1200 bytes");
  text[REQUEST_MAXLEN - 1] = 'x';
  text[REQUEST_MAXLEN] = '\n';
  text_check (judge, text, REQUEST_MAXLEN + 1, "the text is too long",
              "1201 bytes");
  snprintf (user, sizeof user, "user: %064d\nsource", 1);
  text_check_cases (judge, OPEN, cases, 1);
  snprintf (user, sizeof user, "user: %065d\nsource", 1);
  text_check_cases (judge, OPEN, cases + 1, 1);
}
END_TEST


START_TEST (version)
{
  request_t req;
  char *text = text_replace (OPEN, ": 1", ": 2");

  ck_assert_int_eq (gpg_err_code (request_parse (text, strlen (text), &req,
                                                 NULL)),
                    GPG_ERR_UNSUPPORTED_PROTOCOL);
  ck_assert_ptr_null (req);
  free (text);
  text = text_replace (OPEN, ": 1", ": x");
  ck_assert_int_eq (gpg_err_code (request_parse (text, strlen (text), &req,
                                                 NULL)), GPG_ERR_BAD_DATA);
  free (text);
}
END_TEST


static void
check_unwritable (request_t req, const char *why_begins)
{
  char *text;
  size_t len;
  const char *why;

  ck_assert_int_eq (gpg_err_code (request_write (req, &text, &len, &why)),
                    GPG_ERR_INV_VALUE);
  ck_assert_ptr_null (text);
  ck_assert_msg (!strncmp (why, why_begins, strlen (why_begins)),
                 "'%s', not '%s'", why, why_begins);
}


START_TEST (write_refuses)
{
  request_t req;
  const char *why;
  char *text;
  size_t len;

  ck_assert (!request_parse (OPEN, strlen (OPEN), &req, NULL));
  ck_assert (!request_write (req, &text, &len, NULL));
  request_text_release (text, len);
  req->n_targets = REQUEST_MAX_TARGETS + 1;
  check_unwritable (req, "too many");
  req->n_targets = 0;
  check_unwritable (req, "to: missing");
  req->n_targets = 1;
  req->action = 99;
  check_unwritable (req, "action: missing");
  req->action = REQUEST_RUN;
  check_unwritable (req, "command: missing");
  req->action = REQUEST_OPEN;
  req->ports.range[0].last = 1;
  check_unwritable (req, "ports: ");
  req->ports.range[0].last = 22;
  req->source.family = AF_UNIX;
  check_unwritable (req, "source: missing");
  req->source.family = AF_UNSPEC;
  req->user = strdup ("two\nlines");
  check_unwritable (req, "user: ");
  free (req->user);
  req->user = NULL;
  req->reason = calloc (1, 5000);
  ck_assert_ptr_nonnull (req->reason);
  memset (req->reason, 'x', 4999);
  ck_assert_int_eq (gpg_err_code (request_write (req, &text, &len, &why)),
                    GPG_ERR_TOO_LARGE);
  ck_assert_str_eq (why, "the text is too long");
  ck_assert_ptr_null (text);
  req->reason[1] = 0;
  ck_assert (!request_write (req, &text, &len, NULL));
  /* The longest, and one byte more.  */
  req->reason[1] = 'x';
  req->reason[REQUEST_MAXLEN - len + 1] = 0;
  request_text_release (text, len);
  ck_assert (!request_write (req, &text, &len, NULL));
  ck_assert_uint_eq (len, REQUEST_MAXLEN);
  request_text_release (text, len);
  len = strlen (req->reason);
  req->reason[len] = 'x';
  req->reason[len + 1] = 0;
  ck_assert_int_eq (gpg_err_code (request_write (req, &text, &len, NULL)),
                    GPG_ERR_TOO_LARGE);
  req->reason[0] = 0;
  check_unwritable (req, "reason: ");
  request_release (req);
}
END_TEST


START_TEST (hash_names_targets)
{
  unsigned char hash[REQUEST_HASHLEN];
  char hex[2 * REQUEST_HASHLEN + 1];
  request_t req;
  unsigned int i;

  request_hash ("abc", 3, hash);        /* FIPS 180-4's example.  */
  encode_hex (hash, sizeof hash, hex);
  ck_assert_str_eq (hex, "ba7816bf8f01cfea414140de5dae2223"
                    "b00361a396177a9cb410ff61f20015ad");
  for (i = REQUEST_OPEN; i <= REQUEST_WHOAMI; i++)
    ck_assert_uint_eq (request_action_find (request_action_name (i)), i);
  ck_assert_ptr_null (request_action_name (0));
  ck_assert_ptr_null (request_action_name (REQUEST_WHOAMI + 1));
  ck_assert_uint_eq (request_action_find ("openx"), 0);
  ck_assert (!request_parse (OPEN, strlen (OPEN), &req, NULL));
  ck_assert (request_is_for (req, "web1", FPR));
  ck_assert (!request_is_for (req, "web2", FPR));
  ck_assert (!request_is_for (req, "web1", FPR5));
  request_release (req);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("request");
  TCase *tc = tcase_create ("request");
  SRunner *sr = srunner_create (suite);
  int failed;

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, all_members);
  tcase_add_test (tc, common_refusals);
  tcase_add_test (tc, order_and_repetition);
  tcase_add_test (tc, head_values);
  tcase_add_test (tc, open_values);
  tcase_add_test (tc, run_values);
  tcase_add_test (tc, lines_of_open);
  tcase_add_test (tc, few_arguments);
  tcase_add_test (tc, lines_of_others);
  tcase_add_test (tc, too_many);
  tcase_add_test (tc, longest);
  tcase_add_test (tc, version);
  tcase_add_test (tc, write_refuses);
  tcase_add_test (tc, hash_names_targets);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
