/* t-compose.c - Tests of client/compose.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * GnuPG itself is not run: what surrounds its message is looked at.  */

#include "../../client/ask/compose.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/stat.h>
#include "../../common/base/secret.h"

#define FPR_A "2D430E81279996EFE251BDD0A5CF07D97F6457C0"
#define FPR_B "AAAA0E81279996EFE251BDD0A5CF07D97F6457C0"
#define FPR_C "CCCC0E81279996EFE251BDD0A5CF07D97F6457C0"

static char dir[64];
static const unsigned char doors[2][32] = { { 1 }, { 2 } };
static const unsigned char key[REQUEST_KEYLEN] = { 3 };
static profile_t profile;
static struct compose_ask question;

static void
set (char *buf, size_t size, const char *text)
{
  ck_assert_int_lt (snprintf (buf, size, "%s", text), (int) size);
}

static void
add (const char *name, const char *server, const unsigned char *door)
{
  struct profile_host host;
  char *message;

  memset (&host, 0, sizeof host);
  set (host.name, sizeof host.name, name);
  set (host.host, sizeof host.host, name);
  host.n_addresses = 1;
  set (host.address[0], sizeof host.address[0], "192.0.2.1");
  host.port = 62201;
  set (host.server, sizeof host.server, server);
  set (host.signer, sizeof host.signer, FPR_C);
  set (host.door, sizeof host.door, "main");
  ck_assert_int_eq (profile_put (profile, &host, door, "key", 3, &message),
                    0);
}

static void
setup (void)
{
  char *message;

  umask (077);
  ck_assert_int_eq (secret_init (16384), 0);
  set (dir, sizeof dir, "/tmp/t-compose.XXXXXX");
  ck_assert_ptr_nonnull (mkdtemp (dir));
  ck_assert_int_eq (profile_open (dir, 1, &profile, &message), 0);
  add ("web1", FPR_A, doors[0]);
  add ("web2", FPR_B, doors[1]);
  memset (&question, 0, sizeof question);
  question.action = REQUEST_OPEN;
  question.n_hosts = 2;
  question.host[0] = profile_find (profile, "web1");
  question.host[1] = profile_find (profile, "web2");
  netspec_ports_parse ("tcp/22", &question.ports);
  netspec_addr_parse ("192.0.2.7", &question.source);
}

static void
teardown (void)
{
  static const char *const names[] =
    { "doors/web1.key", "doors/web2.key", "keys/web1.pgp", "keys/web2.pgp",
      "hosts.d/web1.conf", "hosts.d/web2.conf", "doors", "keys", "hosts.d",
      ".lock", "" };
  char path[128];
  size_t i;

  profile_close (profile);
  for (i = 0; i < sizeof names / sizeof *names; i++)
    {
      snprintf (path, sizeof path, "%s/%s", dir, names[i]);
      if (unlink (path))
        rmdir (path);
    }
}

/* An OpenPGP message as far as framing goes: KEYS session keys of KEYLEN
   bytes, data of DATALEN.  */
static size_t
fake_message (unsigned char *buf, unsigned int keys, size_t keylen,
              size_t datalen)
{
  unsigned char *p = buf;
  unsigned int i;

  for (i = 0; i < keys; i++)
    {
      *p++ = 0x85;              /* PKESK, two bytes of length.  */
      *p++ = (unsigned char) (keylen >> 8);
      *p++ = (unsigned char) keylen;
      memset (p, 0, keylen);
      *p = 3;                   /* Version; then key ID, algorithm.  */
      p[9] = 1;
      p += keylen;
    }
  *p++ = 0xd2;                  /* Integrity-protected data.  */
  *p++ = 0xff;
  *p++ = 0;
  *p++ = 0;
  *p++ = (unsigned char) (datalen >> 8);
  *p++ = (unsigned char) datalen;
  memset (p, 0xaa, datalen);
  *p = 1;
  return (size_t) (p - buf) + datalen;
}

START_TEST (text_names_all_hosts)
{
  char *text, *message;
  request_t req;
  size_t len;

  question.seconds = 30;
  question.once = true;
  question.bind = 4711;
  question.user = "alice.b";
  ck_assert_int_eq (compose_text (&question, &text, &len, &message), 0);
  ck_assert_int_eq (request_parse (text, len, &req, NULL), 0);
  ck_assert_uint_eq (req->n_targets, 2);
  ck_assert (request_is_for (req, "web1", FPR_A));
  ck_assert (request_is_for (req, "web2", FPR_B));
  ck_assert (!request_is_for (req, "web1", FPR_B));
  ck_assert_int_eq (req->action, REQUEST_OPEN);
  ck_assert (netspec_addr_equal (&req->source, &question.source));
  ck_assert_uint_eq (req->seconds, 30);
  ck_assert_uint_eq (req->bind, 4711);
  ck_assert (req->once);
  ck_assert_str_eq (req->user, "alice.b");
  ck_assert_uint_le (req->time, (uint64_t) time (NULL));
  request_release (req);
  request_text_release (text, len);
}
END_TEST

START_TEST (texts_are_unique)
{
  char *a, *b, *message;
  size_t alen, blen;

  ck_assert_int_eq (compose_text (&question, &a, &alen, &message), 0);
  ck_assert_int_eq (compose_text (&question, &b, &blen, &message), 0);
  ck_assert_str_ne (a, b);
  request_text_release (a, alen);
  request_text_release (b, blen);
}
END_TEST

START_TEST (unaskable)
{
  char *text, *message;
  size_t len;

  question.ports.n = 0;
  ck_assert_int_ne (compose_text (&question, &text, &len, &message), 0);
  ck_assert_ptr_nonnull (strstr (message, "ports"));
  gpgrt_free (message);
}
END_TEST

/* The longest reason that the text has room for, and one byte more.  */
START_TEST (text_too_long)
{
  char reason[REQUEST_MAXLEN + 1], *text, *message;
  size_t len;

  memset (reason, 'x', sizeof reason);
  reason[1] = 0;
  question.reason = reason;
  ck_assert_int_eq (compose_text (&question, &text, &len, &message), 0);
  request_text_release (text, len);
  reason[1] = 'x';
  reason[1 + REQUEST_MAXLEN - len] = 0;
  ck_assert_int_eq (compose_text (&question, &text, &len, &message), 0);
  ck_assert_uint_eq (len, REQUEST_MAXLEN);
  request_text_release (text, len);
  len = strlen (reason);
  reason[len] = 'x';
  reason[len + 1] = 0;
  ck_assert_int_eq (gpg_err_code (compose_text (&question, &text, &len,
                                                &message)),
                    GPG_ERR_TOO_LARGE);
  ck_assert_str_eq (message, "this cannot be requested: the text of a request"
                    " has at most 1200 bytes; ask fewer hosts at once, or"
                    " shorten the arguments or the reason");
  gpgrt_free (message);
  question.n_hosts = 1;
  memset (reason, 'x', sizeof reason - 1);
  reason[sizeof reason - 1] = 0;
  ck_assert_int_ne (compose_text (&question, &text, &len, &message), 0);
  ck_assert_str_eq (message, "this cannot be requested: the text of a request"
                    " has at most 1200 bytes; shorten the arguments or the"
                    " reason");
  gpgrt_free (message);
}
END_TEST

START_TEST (different_signers)
{
  struct profile_host other = *question.host[1];
  compose_t compose;
  char *message;

  ck_assert_int_eq (compose_check (&question, &message), 0);
  set (other.signer, sizeof other.signer, FPR_A);
  question.host[1] = &other;
  ck_assert_int_ne (compose_new (profile, &question, &compose, &message), 0);
  ck_assert_ptr_null (compose);
  ck_assert_ptr_nonnull (strstr (message, "one by one"));
  ck_assert_ptr_nonnull (strstr (message, FPR_C));
  gpgrt_free (message);
}
END_TEST

/* Each of several could send it on to the others, and have the grant.  */
START_TEST (observed_is_for_one_host)
{
  compose_t compose;
  char *message;

  memset (&question.source, 0, sizeof question.source);
  ck_assert_int_ne (compose_new (profile, &question, &compose, &message), 0);
  ck_assert_ptr_null (compose);
  ck_assert_msg (strstr (message, "--source ADDRESS") != NULL, "%s",
                 message);
  gpgrt_free (message);
  question.n_hosts = 1;
  ck_assert_int_eq (compose_check (&question, &message), 0);
  question.n_hosts = 2;
  question.action = REQUEST_CLOSE;
  ck_assert_int_eq (compose_check (&question, &message), 0);
}
END_TEST

START_TEST (ended_door)
{
  struct profile_host other = *question.host[1];
  char *message;

  question.host[1] = &other;
  other.door_ends = (uint64_t) time (NULL) - 1;
  ck_assert_int_ne (compose_check (&question, &message), 0);
  ck_assert_ptr_nonnull (strstr (message, "web2"));
  gpgrt_free (message);
  other.door_ends = (uint64_t) time (NULL) + 1000;
  ck_assert_int_eq (compose_check (&question, &message), 0);
}
END_TEST

START_TEST (each_under_its_own_door)
{
  unsigned char message[2048], dgram[SEAL_MAX], buf[SEAL_MAX];
  size_t msglen = fake_message (message, 2, 94, 300), len, i, j;
  struct seal_content content;
  compose_t compose;
  char *text;
  seal_t seal;

  ck_assert_int_eq (compose_from_message (profile, &question, key, message,
                                          msglen, &compose), 0);
  for (i = 0; i < 2; i++)
    {
      ck_assert_int_eq (compose_seal (compose, i, 0, SEAL_MAX, dgram, &len,
                                      &text), 0);
      for (j = 0; j < 2; j++)
        {
          ck_assert_int_eq (seal_new (doors[j], &seal), 0);
          ck_assert_int_eq (seal_unwrap (seal, dgram, len, buf, &content) == 0,
                            i == j);
          if (i == j)
            ck_assert_mem_eq (content.message, message, msglen);
          seal_release (seal);
        }
    }
  compose_release (compose);
}
END_TEST

/* The largest that fits, and one byte more.  */
START_TEST (size_limit)
{
  unsigned char message[4096], dgram[SEAL_MAX];
  size_t fits = SEAL_MAX6 - SEAL_OVERHEAD - 4, fixed, msglen, len;
  compose_t compose;
  char *text;

  question.n_hosts = 1;
  fixed = fake_message (message, 1, 524, 0);
  msglen = fake_message (message, 1, 524, fits - fixed);
  ck_assert_uint_eq (msglen, fits);
  ck_assert_int_eq (compose_from_message (profile, &question, key, message,
                                          fits, &compose), 0);
  ck_assert_int_eq (compose_seal (compose, 0, 0, SEAL_MAX6, dgram, &len,
                                  &text), 0);
  ck_assert_uint_le (len, SEAL_MAX6);
  compose_release (compose);

  msglen = fake_message (message, 1, 524, fits - fixed + 1);
  ck_assert_int_eq (compose_from_message (profile, &question, key, message,
                                          msglen, &compose), 0);
  ck_assert_int_eq (gpg_err_code (compose_seal (compose, 0, 0, SEAL_MAX6,
                                                dgram, &len, &text)),
                    GPG_ERR_TOO_LARGE);
  ck_assert_msg (strstr (text, "1453 bytes") && strstr (text, "1452")
                 && strstr (text, "527") && strstr (text, "1 server key,")
                 && strstr (text, "Ed25519"), "%s", text);
  gpgrt_free (text);
  /* Over IPv4 it goes.  */
  ck_assert_int_eq (compose_seal (compose, 0, 0, SEAL_MAX4, dgram, &len,
                                  &text), 0);
  compose_release (compose);
}
END_TEST

START_TEST (size_limit_of_several)
{
  unsigned char message[4096], dgram[SEAL_MAX];
  size_t msglen = fake_message (message, 2, 524, 700), len;
  compose_t compose;
  char *text;

  ck_assert_int_eq (compose_from_message (profile, &question, key, message,
                                          msglen, &compose), 0);
  ck_assert_int_ne (compose_seal (compose, 0, 0, SEAL_MAX4, dgram, &len,
                                  &text), 0);
  ck_assert_msg (strstr (text, "2 server keys") && strstr (text, "fewer"),
                 "%s", text);
  gpgrt_free (text);
  compose_release (compose);
}
END_TEST

/* Seal with a password of LEN bytes over IPv4; the datagram's length is
   returned.  The attachment must open with the request's own key, and fill
   the datagram.  */
static size_t
seal_password (compose_t compose, size_t msglen, size_t len)
{
  unsigned char dgram[SEAL_MAX], buf[SEAL_MAX];
  static char password[CREDENTIAL_MAX_PASSWORD];
  struct seal_content content;
  credential_t credential, again;
  size_t dgramlen, n;
  char *text;
  seal_t seal;

  memset (password, 'p', sizeof password);
  ck_assert (!credential_new (&credential));
  ck_assert (!credential_set_password (credential, password, len));
  compose_attach (compose, credential);
  ck_assert (!compose_seal (compose, 0, 0, SEAL_MAX4, dgram, &dgramlen,
                            &text));
  compose_attach (compose, NULL);
  credential_release (credential);
  ck_assert (!seal_new (doors[0], &seal));
  ck_assert (!seal_unwrap (seal, dgram, dgramlen, buf, &content));
  ck_assert_uint_eq (content.message_len, msglen);
  ck_assert_uint_eq (SEAL_OVERHEAD + 4 + msglen + content.attachment_len,
                     dgramlen);
  ck_assert (!credential_open (key, content.attachment,
                               content.attachment_len, &again));
  ck_assert_mem_eq (credential_password (again, &n), password, len);
  ck_assert_uint_eq (n, len);
  credential_release (again);
  seal_release (seal);
  return dgramlen;
}

/* The length of what is sent tells that of the password in steps of 64
   bytes only, and nothing in it more.  */
START_TEST (attached_password)
{
  unsigned char message[2048];
  size_t msglen = fake_message (message, 1, 94, 300), len, i;
  compose_t compose;

  question.n_hosts = 1;
  ck_assert (!compose_from_message (profile, &question, key, message, msglen,
                                    &compose));
  len = seal_password (compose, msglen, 1);
  for (i = 2; i < 700; i++)
    {
      size_t now = seal_password (compose, msglen, i);

      ck_assert (now == len || now == len + SEAL_BLOCK
                 || now == SEAL_MAX4);
      len = now;
    }
  compose_release (compose);
}
END_TEST

/* The longest password that fits is the one that the message tells.  */
START_TEST (password_too_long)
{
  unsigned char message[2048], dgram[SEAL_MAX];
  size_t msglen = fake_message (message, 1, 94, 300), len;
  credential_t credential;
  compose_t compose;
  char *text, *at, password[CREDENTIAL_MAX_PASSWORD] = "";
  size_t most;

  memset (password, 'p', sizeof password);
  question.n_hosts = 1;
  ck_assert (!compose_from_message (profile, &question, key, message, msglen,
                                    &compose));
  ck_assert (!credential_new (&credential));
  ck_assert (!credential_set_password (credential, password,
                                       sizeof password));
  compose_attach (compose, credential);
  ck_assert_int_eq (gpg_err_code (compose_seal (compose, 0, 0, SEAL_MAX4,
                                                dgram, &len, &text)),
                    GPG_ERR_TOO_LARGE);
  at = strstr (text, "a password of ");
  ck_assert_msg (at != NULL, "%s", text);
  most = strtoul (at + strlen ("a password of "), NULL, 10);
  ck_assert_uint_gt (most, 700);
  gpgrt_free (text);
  ck_assert (!credential_set_password (credential, password, most + 1));
  ck_assert (compose_seal (compose, 0, 0, SEAL_MAX4, dgram, &len, &text));
  gpgrt_free (text);
  credential_release (credential);
  seal_password (compose, msglen, most);
  compose_release (compose);
}
END_TEST

START_TEST (no_room_for_password)
{
  unsigned char message[2048], dgram[SEAL_MAX];
  size_t msglen = fake_message (message, 1, 524, 870), len;
  credential_t credential;
  compose_t compose;
  char *text;

  question.n_hosts = 1;
  ck_assert (!compose_from_message (profile, &question, key, message, msglen,
                                    &compose));
  ck_assert (!compose_seal (compose, 0, 0, SEAL_MAX4, dgram, &len, &text));
  ck_assert (!credential_new (&credential));
  ck_assert (!credential_set_password (credential, "p", 1));
  compose_attach (compose, credential);
  ck_assert_int_eq (gpg_err_code (compose_seal (compose, 0, 0, SEAL_MAX4,
                                                dgram, &len, &text)),
                    GPG_ERR_TOO_LARGE);
  ck_assert_msg (strstr (text, "Ed25519") != NULL, "%s", text);
  gpgrt_free (text);
  credential_release (credential);
  compose_release (compose);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("compose");
  TCase *tc = tcase_create ("compose");
  SRunner *sr = srunner_create (suite);
  int failed;

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, text_names_all_hosts);
  tcase_add_test (tc, texts_are_unique);
  tcase_add_test (tc, unaskable);
  tcase_add_test (tc, text_too_long);
  tcase_add_test (tc, different_signers);
  tcase_add_test (tc, observed_is_for_one_host);
  tcase_add_test (tc, ended_door);
  tcase_add_test (tc, each_under_its_own_door);
  tcase_add_test (tc, size_limit);
  tcase_add_test (tc, size_limit_of_several);
  tcase_add_test (tc, attached_password);
  tcase_add_test (tc, password_too_long);
  tcase_add_test (tc, no_room_for_password);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
