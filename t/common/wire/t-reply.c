/* t-reply.c - Tests of common/reply.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../../common/wire/reply.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "../../../common/wire/seal.h"
#include "../../../common/base/secret.h"
#include "text-cases.h"

#define ALL "postern-reply: 1\nresult: done\nreason: cut%20to%2060s\n" \
  "address: 203.0.113.7\nport: 40001\nuntil: 1700000060\nexit: 0\n" \
  "signal: 9\nmsecs: 1200\nargv: /bin/echo%20'a%20b'\ntotal: 70000\n" \
  "output: two%0Alines\n"
#define LEAST "postern-reply: 1\nresult: refused\n"

static const unsigned char key[REQUEST_KEYLEN] = { 1, 2, 3 };


/* reply_parse gives no reason, so there is one for all.  */
static const char *
judge (const void *text, size_t len)
{
  reply_t reply;
  gpg_error_t err = reply_parse (text, len, &reply);

  if (err)
    {
      ck_assert_ptr_null (reply);
      return "refused";
    }
  reply_release (reply);
  return NULL;
}


START_TEST (all_members)
{
  reply_t reply;
  char *text;
  size_t len;

  ck_assert (!reply_parse (ALL, strlen (ALL), &reply));
  ck_assert_int_eq (reply->result, REPLY_DONE);
  ck_assert_str_eq (reply->reason, "cut to 60s");
  ck_assert_int_eq (reply->address.family, AF_INET);
  ck_assert_uint_eq (reply->port, 40001);
  ck_assert_uint_eq (reply->until, 1700000060);
  ck_assert (reply->has_exit);
  ck_assert_uint_eq (reply->exit_code, 0);
  ck_assert_uint_eq (reply->signal, 9);
  ck_assert_uint_eq (reply->msecs, 1200);
  ck_assert_str_eq (reply->argv, "/bin/echo 'a b'");
  ck_assert_uint_eq (reply->total, 70000);
  ck_assert_uint_eq (reply->output_len, 9);
  ck_assert_mem_eq (reply->output, "two\nlines", 10);
  ck_assert (!reply_write (reply, &text, &len));
  ck_assert_uint_eq (len, strlen (ALL));
  ck_assert_str_eq (text, ALL);
  free (text);
  reply_release (reply);
  ck_assert (!reply_parse (LEAST, strlen (LEAST), &reply));
  ck_assert_int_eq (reply->result, REPLY_REFUSED);
  ck_assert_int_eq (reply->address.family, AF_UNSPEC);
  ck_assert (!reply->has_exit && !reply->output && !reply->reason);
  reply_release (reply);
}
END_TEST


START_TEST (refusals)
{
  static const char no[] = "refused";
  static const struct text_case cases[] = {
    { "postern-reply: 1\n", "", no }, { ": 1\n", ": 2\n", no },
    { ": 1\n", ": 01\n", no }, { ": 1\n", ": 1\nname: x\n", no },
    { ": 1\n", ": 1\n\n", no }, { ": 1\n", ": 1\r\n", no },
    { ": 1\n", ": 1\npostern-reply: 1\n", no },
    { "result: done\n", "", no }, { "result: done", "result: Done", no },
    { "result: done", "result: ok", no },
    { "result: done", "result: pending", NULL },
    { "result: done", "result: running", NULL },
    { "result: done", "result: refused", NULL },
    { "result: done\n", "result: done\nresult: done\n", no },
    { "cut%20", "", NULL }, { "cut%20to%2060s", "", no },
    { "cut%20", "cut ", no }, { "cut%20", "%63ut%20", no },
    { "cut%20", "cut%0A", no }, { "cut%20", "cut%00", no },
    { "cut%20", "cut%E2%80%AE", no }, { "cut%20", "\xe2\x80\xae", no },
    { "cut%20", "cut\xff", no }, { "cut%20", "cut%2C", NULL },
    { "cut%20", "cut%2c", no }, { "cut%20", "\xc3\xa9", NULL },
    { "203.0.113.7", "2001:db8::7", NULL },
    { "203.0.113.7", "127.0.0.1", NULL },
    { "203.0.113.7", "2001:DB8::7", no },
    { "203.0.113.7", "::ffff:203.0.113.7", no },
    { "203.0.113.7", "203.0.113.07", no }, { "203.0.113.7", "observed", no },
    { "40001", "0", no }, { "40001", "65535", NULL },
    { "40001", "65536", no }, { "40001", "040001", no },
    { "1700000060", "253402300799", NULL },
    { "1700000060", "253402300800", no }, { "1700000060", "0", no },
    { "exit: 0", "exit: 255", NULL }, { "exit: 0", "exit: 256", no },
    { "exit: 0", "exit: 00", no }, { "exit: 0", "exit: -1", no },
    { "signal: 9", "signal: 0", no }, { "signal: 9", "signal: 65", no },
    { "signal: 9", "signal: 64", NULL }, { "signal: 9\n", "", NULL },
    { "msecs: 1200", "msecs: 0", no }, { "msecs: 1200\n", "", NULL },
    { "total: 70000", "total: 16777216", NULL },
    { "total: 70000", "total: 16777217", no },
    { "argv: /bin", "argv: %0A/bin", no }, { "'a%20b'", "", NULL },
    { "exit: 0\n", "", NULL }, { "two%0Alines", "", no },
    { "two%0Alines", "%00%FF", NULL }, { "two%0Alines", "two\tlines", no },
    { "two%0Alines", "two%0alines", no },
    { "port: 40001\nuntil: 1700000060\n", "until: 1700000060\nport: 40001\n",
      no },
    { "port: 40001\n", "port: 40001\nport: 40001\n", no }
  };

  text_check_cases (judge, ALL, cases, sizeof cases / sizeof cases[0]);
  text_check (judge, ALL, strlen (ALL) - 1, no, "no end");
  text_check (judge, ALL, strlen (ALL) + 1, no, "a NUL more");
  text_check (judge, ALL, 0, no, "empty");
  text_check_flipped (judge, ALL);
  text_check_truncated (judge, ALL,
                        (size_t)(strstr (ALL, "reason") - ALL));
}
END_TEST


static reply_t
new_reply (const char *reason, const char *output, size_t len)
{
  reply_t reply;

  ck_assert (!reply_new (&reply));
  reply->result = REPLY_DONE;
  if (reason)
    reply->reason = strdup (reason);
  if (output)
    {
      reply->output = malloc (len + 1);
      ck_assert_ptr_nonnull (reply->output);
      memcpy (reply->output, output, len);
      reply->output_len = len;
    }
  return reply;
}


START_TEST (write_refuses)
{
  reply_t reply = new_reply ("two\nlines", NULL, 0);
  char *text;
  size_t len;

  ck_assert_int_eq (gpg_err_code (reply_write (reply, &text, &len)),
                    GPG_ERR_INV_VALUE);
  ck_assert_ptr_null (text);
  reply->reason[3] = ' ';
  ck_assert (!reply_write (reply, &text, &len));
  free (text);
  reply->result = 0;
  ck_assert (reply_write (reply, &text, &len));
  reply->result = REPLY_RUNNING;
  reply->has_exit = 1;
  reply->exit_code = 256;
  ck_assert (reply_write (reply, &text, &len));
  reply->exit_code = 255;
  ck_assert (!reply_write (reply, &text, &len));
  free (text);
  reply_release (reply);
  ck_assert_str_eq (reply_result_name (REPLY_PENDING), "pending");
  ck_assert_ptr_null (reply_result_name (0));
  ck_assert_ptr_null (reply_result_name (REPLY_REFUSED + 1));
}
END_TEST


START_TEST (sealed)
{
  unsigned char other[REQUEST_KEYLEN] = { 1, 2, 4 };
  unsigned char dgram[REPLY_MAXLEN];
  reply_t reply, again;
  size_t len, i;

  ck_assert (!reply_parse (ALL, strlen (ALL), &reply));
  ck_assert (!reply_seal (reply, key, REPLY_MAXLEN, dgram, &len));
  ck_assert_uint_eq ((len - SEAL_OVERHEAD) % SEAL_BLOCK, 0);
  ck_assert (!reply_open (key, dgram, len, &again));
  ck_assert_str_eq (again->reason, reply->reason);
  ck_assert_uint_eq (again->output_len, reply->output_len);
  reply_release (again);
  ck_assert_int_eq (gpg_err_code (reply_open (other, dgram, len, &again)),
                    GPG_ERR_CHECKSUM);
  ck_assert_ptr_null (again);
  for (i = 0; i < len; i++)
    {
      ck_assert_int_eq (gpg_err_code (reply_open (key, dgram, i, &again)),
                        GPG_ERR_CHECKSUM);
      dgram[i] ^= 1;
      ck_assert_int_eq (gpg_err_code (reply_open (key, dgram, len, &again)),
                        GPG_ERR_CHECKSUM);
      dgram[i] ^= 1;
    }
  ck_assert_int_eq (gpg_err_code (reply_open (key, dgram, REPLY_MAXLEN + 1,
                                              &again)), GPG_ERR_CHECKSUM);
  reply_release (reply);
}
END_TEST


/* What LEN bytes of TEXT are as the content of a well sealed datagram.  */
static gpg_err_code_t
open_content (const char *text, size_t len)
{
  unsigned char derived[SEAL_KEYLEN], dgram[REPLY_MAXLEN];
  reply_t reply;
  gpg_error_t err;

  ck_assert (!seal_derive (key, "postern 1 reply", derived));
  ck_assert (!seal_box (derived, text, len, dgram));
  err = reply_open (key, dgram, len + SEAL_OVERHEAD, &reply);
  reply_release (reply);
  return gpg_err_code (err);
}


START_TEST (content)
{
  static const char junk[] = LEAST "\0\0x\0";
  static const char version[] = "postern-reply: 2\nresult: done\n";

  ck_assert_int_eq (open_content (LEAST, sizeof LEAST), 0);
  ck_assert_int_eq (open_content (LEAST, sizeof LEAST - 1), 0);
  ck_assert_int_eq (open_content (LEAST, sizeof LEAST - 2),
                    GPG_ERR_BAD_DATA);
  ck_assert_int_eq (open_content (junk, sizeof junk), GPG_ERR_BAD_DATA);
  ck_assert_int_eq (open_content ("\0\0", 2), GPG_ERR_BAD_DATA);
  ck_assert_int_eq (open_content (version, sizeof version),
                    GPG_ERR_BAD_DATA);
}
END_TEST


/* With each limit the reply fits, and nothing but the end is lost: first
   of the output, then of the reason.  */
START_TEST (cutting)
{
  static const char output[] = "a \xc3\xa9\xe2\x82\xac\xff\n\xf0\x9f\x98\x80"
    "\xe2\x80\xae%%\0=,xyz";
  static const char reason[] = "no, \xe2\x82\xac 5 = a%b";
  reply_t reply = new_reply (reason, output, sizeof output - 1), again;
  unsigned char dgram[REPLY_MAXLEN];
  size_t limit, len, most = 0, most_reason = 0;
  gpg_error_t err;

  for (limit = 0; limit < 300; limit++)
    {
      err = reply_seal (reply, key, limit, dgram, &len);
      if (limit < SEAL_OVERHEAD + strlen ("postern-reply: 1\nresult: done\n"))
        {
          ck_assert_int_eq (gpg_err_code (err), GPG_ERR_TOO_SHORT);
          continue;
        }
      ck_assert_msg (!err && len <= limit, "%zu", limit);
      ck_assert (!reply_open (key, dgram, len, &again));
      ck_assert_uint_ge (again->output_len, most);
      if (again->output)
        ck_assert_mem_eq (again->output, output, again->output_len);
      most = again->output_len;
      if (again->reason)
        {
          ck_assert_uint_ge (strlen (again->reason), most_reason);
          most_reason = strlen (again->reason);
          ck_assert_mem_eq (again->reason, reason, most_reason);
        }
      ck_assert (!again->output || most_reason == strlen (reason));
      reply_release (again);
    }
  ck_assert_uint_eq (most, sizeof output - 1);
  reply_release (reply);
}
END_TEST


START_TEST (huge_output)
{
  static char output[100000];
  reply_t reply, again;
  unsigned char dgram[REPLY_MAXLEN];
  size_t len;

  memset (output, 'x', sizeof output);
  reply = new_reply (NULL, output, sizeof output);
  ck_assert (!reply_seal (reply, key, 100000, dgram, &len));
  ck_assert_uint_eq (len, REPLY_MAXLEN);
  ck_assert (!reply_open (key, dgram, len, &again));
  ck_assert_uint_gt (again->output_len, 1300);
  reply_release (again);
  reply_release (reply);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("reply");
  TCase *tc = tcase_create ("reply");
  SRunner *sr = srunner_create (suite);
  int failed;

  if (secret_init (32768))
    return EXIT_FAILURE;
  suite_add_tcase (suite, tc);
  tcase_add_test (tc, all_members);
  tcase_add_test (tc, refusals);
  tcase_add_test (tc, write_refuses);
  tcase_add_test (tc, sealed);
  tcase_add_test (tc, content);
  tcase_add_test (tc, cutting);
  tcase_add_test (tc, huge_output);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
