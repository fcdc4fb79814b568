/* t-agent-link.c - The link to a real agent, and to one that misbehaves.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "openpgp-kit.h"

#define SHORT_MS 100            /* For what never comes.  */
#define HELLO "OK Pleased to meet you\n"
#define ASKS "INQUIRE CIPHERTEXT\n"

static const unsigned char grip[OPENPGP_GRIPLEN] = "abcdefghijklmnopqrst";
static struct openpgp_answer answer;
static int far;                 /* The agent's end.  */


/* A link to somebody who has said HELLO beforehand.  */
static gpg_err_code_t
open_to (const char *hello, agent_link_t *r_link)
{
  struct timeval wait = { 0, SHORT_MS * 1000 };
  int ends[2];

  ck_assert_int_eq (socketpair (AF_UNIX, SOCK_STREAM, 0, ends), 0);
  ck_assert_int_eq (setsockopt (ends[0], SOL_SOCKET, SO_RCVTIMEO, &wait,
                                sizeof wait), 0);
  ck_assert_int_eq (setsockopt (ends[0], SOL_SOCKET, SO_SNDTIMEO, &wait,
                                sizeof wait), 0);
  far = ends[1];
  ck_assert_int_eq (write (far, hello, strlen (hello)),
                    (ssize_t)strlen (hello));
  return gpg_err_code (agent_link_open (ends[0], r_link));
}


static gpg_err_code_t
decrypt_by (agent_link_t link)
{
  return gpg_err_code (agent_link_decrypt (link, grip, "cipher", 6,
                                           &answer));
}


static void
say (const void *data, size_t len)
{
  ck_assert_int_eq (send (far, data, len, 0), (ssize_t)len);
}


/* A link that has been told all that it will hear.  */
static gpg_err_code_t
decrypt_told (const void *data, size_t len)
{
  gpg_err_code_t code;
  agent_link_t link;

  ck_assert_uint_eq (open_to (HELLO, &link), 0);
  say ("OK\n", 3);
  say (data, len);
  code = decrypt_by (link);
  agent_link_close (link);
  close (far);
  return code;
}

#define TOLD(text) decrypt_told (text, sizeof text - 1)


START_TEST (greetings)
{
  agent_link_t link;

  ck_assert_uint_eq (open_to (HELLO, &link), 0);
  agent_link_close (link);
  close (far);
  ck_assert_uint_eq (open_to ("ERR 67108922 No\n", &link), GPG_ERR_NO_AGENT);
  ck_assert_ptr_null (link);
  close (far);
  ck_assert_uint_eq (open_to ("HTTP/1.1 200\n", &link), GPG_ERR_NO_AGENT);
  close (far);
  ck_assert_uint_eq (open_to ("", &link), GPG_ERR_TIMEOUT);
  ck_assert_ptr_null (link);
  close (far);
  agent_link_close (NULL);
}
END_TEST


START_TEST (gone_at_once)
{
  agent_link_t link;
  int ends[2];

  ck_assert_int_eq (socketpair (AF_UNIX, SOCK_STREAM, 0, ends), 0);
  close (ends[1]);
  ck_assert_uint_eq (gpg_err_code (agent_link_open (ends[0], &link)),
                     GPG_ERR_NO_AGENT);
  ck_assert_int_eq (fcntl (ends[0], F_GETFD), -1);      /* Closed.  */
  ck_assert_int_eq (errno, EBADF);
}
END_TEST


/* What it asks for, and what it does with the answer.  */
START_TEST (dialogue)
{
  static const char right[] =
    "SETKEY 6162636465666768696A6B6C6D6E6F7071727374\n"
    "PKDECRYPT\nD cipher\nEND\n";
  char got[256] = "";
  agent_link_t link;
  ssize_t n;

  ck_assert_uint_eq (open_to (HELLO, &link), 0);
  say ("OK\n" ASKS "S PADDING -1\n" "D (5:value3:a%0Ab)%00\nOK\n",
       3 + strlen (ASKS) + 13 + 22 + 3);
  ck_assert_uint_eq (decrypt_by (link), 0);
  ck_assert_uint_eq (answer.len, 3);
  ck_assert_mem_eq (answer.value, "a\nb", 3);
  ck_assert (!answer.unpadded);
  n = recv (far, got, sizeof got - 1, 0);
  ck_assert_int_eq (n, (ssize_t)strlen (right));
  ck_assert_str_eq (got, right);
  say (ASKS "S PADDING 0\n" "D (5:value\nD 2:ab)\nOK\n",
       strlen (ASKS) + 12 + 11 + 8 + 3);
  ck_assert_uint_eq (decrypt_by (link), 0);
  ck_assert_uint_eq (answer.len, 2);
  ck_assert (answer.unpadded);
  agent_link_close (link);
  close (far);
}
END_TEST


START_TEST (answers)
{
  ck_assert_uint_eq (TOLD (ASKS "D (5:value3:abc)\nOK\n"), 0);
  ck_assert_uint_eq (TOLD (ASKS "D (5:value3:abc)\0\0\nOK\n"), 0);
  ck_assert_uint_eq (TOLD (ASKS "D (5:value3:abc)x\nOK\n"),
                     GPG_ERR_DECRYPT_FAILED);
  ck_assert_uint_eq (TOLD (ASKS "D (5:value4:abc)\nOK\n"),
                     GPG_ERR_DECRYPT_FAILED);
  ck_assert_uint_eq (TOLD (ASKS "D (5:value2:abc)\nOK\n"),
                     GPG_ERR_DECRYPT_FAILED);
  ck_assert_uint_eq (TOLD (ASKS "D (5:value3:abc\nOK\n"),
                     GPG_ERR_DECRYPT_FAILED);
  ck_assert_uint_eq (TOLD (ASKS "D (5:value3:\nOK\n"),
                     GPG_ERR_DECRYPT_FAILED);
  ck_assert_uint_eq (TOLD (ASKS "D (5:value3\nOK\n"),
                     GPG_ERR_DECRYPT_FAILED);
  ck_assert_uint_eq (TOLD (ASKS "D (5:value0:)\nOK\n"),
                     GPG_ERR_DECRYPT_FAILED);
  ck_assert_uint_eq (TOLD (ASKS "D (5:value99999999999999999999:a)\nOK\n"),
                     GPG_ERR_DECRYPT_FAILED);
  ck_assert_uint_eq (TOLD (ASKS "D (5:value)\nOK\n"),
                     GPG_ERR_DECRYPT_FAILED);
  ck_assert_uint_eq (TOLD (ASKS "D (5:valid3:abc)\nOK\n"),
                     GPG_ERR_DECRYPT_FAILED);
  ck_assert_uint_eq (TOLD (ASKS "OK\n"), GPG_ERR_DECRYPT_FAILED);
  ck_assert_uint_eq (TOLD ("OK\n"), GPG_ERR_DECRYPT_FAILED);
}
END_TEST


/* A value of LEN bytes in lines of 500.  */
static gpg_err_code_t
decrypt_long (size_t len)
{
  static char data[8192], *p;
  size_t i;

  p = data + snprintf (data, sizeof data, ASKS "D (5:value%zu:", len);
  for (i = 0; i < len; i++)
    {
      if (i % 500 == 499)
        {
          memcpy (p, "\nD ", 3);
          p += 3;
        }
      *p++ = 'x';
    }
  memcpy (p, ")\nOK\n", 5);
  return decrypt_told (data, (size_t)(p + 5 - data));
}


START_TEST (longest)
{
  ck_assert_uint_eq (decrypt_long (OPENPGP_MAX_PLAIN), 0);
  ck_assert_uint_eq (answer.len, OPENPGP_MAX_PLAIN);
  ck_assert_uint_eq (decrypt_long (OPENPGP_MAX_PLAIN + 1),
                     GPG_ERR_DECRYPT_FAILED);
  /* What is more than that ends the link.  */
  ck_assert_uint_eq (decrypt_long (2000), GPG_ERR_NO_AGENT);
}
END_TEST


/* An answer after N lines of status.  */
static gpg_err_code_t
decrypt_after (size_t n)
{
  char data[4096];
  int len = snprintf (data, sizeof data, ASKS);

  while (n--)
    len += snprintf (data + len, sizeof data - (size_t)len,
                     "S PROGRESS x\n");
  len += snprintf (data + len, sizeof data - (size_t)len,
                   "D (5:value3:abc)\nOK\n");
  return decrypt_told (data, (size_t)len);
}


/* The question is one of 32 lines.  */
START_TEST (floods)
{
  ck_assert_uint_eq (decrypt_after (31), 0);
  ck_assert_uint_eq (decrypt_after (32), GPG_ERR_NO_AGENT);
}
END_TEST


/* Take what the far end has got: COUNT lines of SETKEY are in it.  */
static void
takes_keys (unsigned int count)
{
  char got[512] = "", *at = got;
  unsigned int n = 0;

  ck_assert_int_gt (recv (far, got, sizeof got - 1, 0), 0);
  for (; (at = strstr (at, "SETKEY ")); at++)
    n++;
  ck_assert_uint_eq (n, count);
}


/* The agent is told of the key once, of another one, and again after an
   error.  */
START_TEST (keys)
{
  static const unsigned char other[OPENPGP_GRIPLEN] = "bcdefghijklmnopqrstu";
  static const char said[] = ASKS "D (5:value3:abc)\nOK\n";
  agent_link_t link;
  int i;

  ck_assert_uint_eq (open_to (HELLO, &link), 0);
  for (i = 0; i < 3; i++)
    {
      if (!i)
        say ("OK\n", 3);
      say (said, strlen (said));
      ck_assert_uint_eq (decrypt_by (link), 0);
      takes_keys (!i);
    }
  say ("OK\n", 3);
  say (said, strlen (said));
  ck_assert_uint_eq (agent_link_decrypt (link, other, "cipher", 6, &answer),
                     0);
  takes_keys (1);
  say ("OK\n" ASKS "ERR 67109115 Forbidden <GPG Agent>\n",
       3 + strlen (ASKS) + 35);
  ck_assert_uint_eq (decrypt_by (link), GPG_ERR_DECRYPT_FAILED);
  takes_keys (1);
  say ("OK\n", 3);
  say (said, strlen (said));
  ck_assert_uint_eq (decrypt_by (link), 0);
  takes_keys (1);
  agent_link_close (link);
  close (far);
}
END_TEST


/* An error of the agent's leaves the link as it is; what is no answer, and
   silence, end it for good.  */
START_TEST (errors)
{
  agent_link_t link;

  ck_assert_uint_eq (open_to (HELLO, &link), 0);
  say ("OK\nERR 67108881 No secret key <GPG Agent>\n", 42);
  ck_assert_uint_eq (decrypt_by (link), GPG_ERR_NO_SECKEY);
  say ("ERR 67108881 No secret key <GPG Agent>\n", 39);
  ck_assert_uint_eq (decrypt_by (link), GPG_ERR_NO_SECKEY);
  say ("OK\n" ASKS "ERR 67109115 Forbidden <GPG Agent>\n",
       3 + strlen (ASKS) + 35);
  ck_assert_uint_eq (decrypt_by (link), GPG_ERR_DECRYPT_FAILED);
  say ("OK\n" ASKS "D (5:value3:abc)\nOK\n", 3 + strlen (ASKS) + 20);
  ck_assert_uint_eq (decrypt_by (link), 0);
  ck_assert_uint_eq (decrypt_by (link), GPG_ERR_TIMEOUT);
  say ("OK\n" ASKS "D (5:value3:abc)\nOK\n", 3 + strlen (ASKS) + 20);
  ck_assert_uint_eq (decrypt_by (link), GPG_ERR_TIMEOUT);
  agent_link_close (link);
  close (far);
  ck_assert_uint_eq (TOLD (ASKS), GPG_ERR_TIMEOUT);
  ck_assert_uint_eq (TOLD (ASKS "D (5:value3:abc)\n"), GPG_ERR_TIMEOUT);
  ck_assert_uint_eq (TOLD (ASKS "D (5:value3"), GPG_ERR_TIMEOUT);
  ck_assert_uint_eq (TOLD ("nonsense\n"), GPG_ERR_NO_AGENT);
  ck_assert_uint_eq (TOLD ("INQUIRE PASSPHRASE\nOK\n"), GPG_ERR_NO_AGENT);
}
END_TEST


/* Nobody hears the question: no signal, and the same each time.  */
START_TEST (gone)
{
  agent_link_t link;

  ck_assert_uint_eq (open_to (HELLO, &link), 0);
  close (far);
  ck_assert_uint_eq (decrypt_by (link), GPG_ERR_NO_AGENT);
  ck_assert_uint_eq (decrypt_by (link), GPG_ERR_NO_AGENT);
  agent_link_close (link);
  ck_assert_uint_eq (open_to (HELLO, &link), 0);
  say ("OK\n" ASKS "D (5:val", 3 + strlen (ASKS) + 8);
  shutdown (far, SHUT_WR);
  ck_assert_uint_eq (decrypt_by (link), GPG_ERR_NO_AGENT);
  agent_link_close (link);
  close (far);
}
END_TEST


/* What the restricted socket of a real one is good for.  */
START_TEST (real_agent)
{
  unsigned char inside[OPENPGP_MAX_SIGNED], none[OPENPGP_GRIPLEN] = { 1 };
  pid_t agent = start_restricted ("a");
  static struct exported key;
  agent_link_t link = open_link ();
  size_t len;
  int i;

  export_parts ("a", alice, &key);
  ck_assert_uint_eq (file_write (at ("alice.pgp"), key.data, key.len, 0600,
                                 0), 0);
  ck_assert_uint_eq (make_message (bob, false, at ("alice.pgp"), NULL), 0);
  for (i = 0; i < 3; i++)
    ck_assert_uint_eq (openpgp_unwrap (key.key + 1, 1, agent_link_decrypt,
                                       link, msg, msglen, inside,
                                       sizeof inside, &len), 0);
  ck_assert_uint_eq (gpg_err_code (agent_link_decrypt
                                   (link, none, "(7:enc-val(3:rsa(1:a1:x)))",
                                    26, &answer)), GPG_ERR_NO_SECKEY);
  ck_assert_uint_eq (openpgp_unwrap (key.key + 1, 1, agent_link_decrypt, link,
                                     msg, msglen, inside, sizeof inside,
                                     &len), 0);
  kill (agent, SIGSTOP);        /* It says nothing more.  */
  agent_link_close (link);
  stop_agent (agent);
}
END_TEST


/* One that dies while it is used.  */
START_TEST (killed_agent)
{
  pid_t agent = start_restricted ("a");
  agent_link_t link = open_link ();
  gpg_err_code_t code;

  stop_agent (agent);
  ck_assert_uint_eq (decrypt_by (link), GPG_ERR_NO_AGENT);
  ck_assert_uint_eq (decrypt_by (link), GPG_ERR_NO_AGENT);
  agent_link_close (link);
  agent = start_restricted ("a");
  link = open_link ();
  /* It answers; GnuPG 2.4 looks at the ciphertext before the key.  */
  code = decrypt_by (link);
  ck_assert (code == GPG_ERR_NO_SECKEY || code == GPG_ERR_DECRYPT_FAILED);
  agent_link_close (link);
  stop_agent (agent);
}
END_TEST


int
main (void)
{
  TCase *tc = tcase_create ("agent-link");

  tcase_set_timeout (tc, 60);
  tcase_add_unchecked_fixture (tc, setup, teardown);
  tcase_add_test (tc, greetings);
  tcase_add_test (tc, gone_at_once);
  tcase_add_test (tc, keys);
  tcase_add_test (tc, dialogue);
  tcase_add_test (tc, answers);
  tcase_add_test (tc, longest);
  tcase_add_test (tc, floods);
  tcase_add_test (tc, errors);
  tcase_add_test (tc, gone);
  tcase_add_test (tc, real_agent);
  tcase_add_test (tc, killed_agent);
  return run_openpgp_cases (tc);
}
