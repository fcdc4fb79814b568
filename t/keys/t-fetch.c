/* t-fetch.c - Tests of keys/fetch with a key server of our own on loopback.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../../keys/roster/fetch.h"

#include <arpa/inet.h>
#include <check.h>
#include <glob.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../../common/base/file.h"
#include "../../common/pgp/pgp.h"
#include "../../common/base/secret.h"
#include "../common/pgp/pgp-homes.h"

#define LARGE 1100000

static unsigned char *data;
static size_t len;
static char *message;

/* What the server saw of who connected.  */
static volatile unsigned int *peer_uid;


static unsigned int longest = 60;       /* Seconds of an alarm.  */

/* In the C library's place.  */
unsigned int
alarm (unsigned int seconds)
{
  const struct itimerval soon =
    { { 0, 0 }, { seconds < longest ? seconds : longest, 0 } };

  setitimer (ITIMER_REAL, &soon, NULL);
  return 0;
}


static gpg_err_code_t
fetch (const char *what)
{
  gpgrt_free (message);
  free (data);
  return gpg_err_code (fetch_key (what, &data, &len, &message));
}


/* The owner of the socket on this host with the port PORT.  */
static unsigned int
owner_of (unsigned int port)
{
  unsigned int local, uid = 0, found = ~0u;
  char line[256];
  FILE *fp = fopen ("/proc/net/tcp", "r");

  while (fp && fgets (line, sizeof line, fp))
    if (sscanf (line, " %*d: %*x:%x %*s %*s %*s %*s %*s %u", &local, &uid)
        == 2 && local == port)
      found = uid;
  if (fp)
    fclose (fp);
  return found;
}


static void
answer_one (int fd, const void *body, size_t bodylen)
{
  struct sockaddr_in peer;
  socklen_t peerlen = sizeof peer;
  char request[4096], head[128];
  size_t n = 0;
  ssize_t got;

  if (!getpeername (fd, (struct sockaddr *)&peer, &peerlen))
    *peer_uid = owner_of (ntohs (peer.sin_port));
  do
    {
      got = read (fd, request + n, sizeof request - 1 - n);
      n += got > 0 ? (size_t)got : 0;
      request[n] = 0;
    }
  while (got > 0 && !strstr (request, "\r\n\r\n"));
  if (!body)
    pause ();                   /* It says nothing, ever.  */
  snprintf (head, sizeof head, "HTTP/1.0 200 OK\r\nContent-Type:"
            " application/pgp-keys\r\nContent-Length: %zu\r\n\r\n", bodylen);
  file_write_fd (fd, head, strlen (head));
  file_write_fd (fd, body, bodylen);
  close (fd);
}


/* A key server that always answers BODY; NULL: nothing at all.  */
static pid_t
serve (const void *body, size_t bodylen, unsigned int *r_port)
{
  struct sockaddr_in addr = { .sin_family = AF_INET };
  socklen_t addrlen = sizeof addr;
  int fd = socket (AF_INET, SOCK_STREAM, 0);
  pid_t pid;

  addr.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  ck_assert_int_eq (bind (fd, (struct sockaddr *)&addr, sizeof addr), 0);
  ck_assert_int_eq (listen (fd, 4), 0);
  getsockname (fd, (struct sockaddr *)&addr, &addrlen);
  *r_port = ntohs (addr.sin_port);
  pid = fork ();
  if (!pid)
    for (;;)
      {
        int one = accept (fd, NULL, NULL);

        if (one >= 0)
          answer_one (one, body, bodylen);
      }
  close (fd);
  return pid;
}


/* Fetch FPR from a server that answers BODY.  */
static gpg_err_code_t
fetch_from (const void *body, size_t bodylen, const char *fpr)
{
  gpg_err_code_t code;
  char what[128];
  unsigned int port;
  pid_t pid = serve (body, bodylen, &port);

  snprintf (what, sizeof what, "hkp://127.0.0.1:%u/%s", port, fpr);
  code = fetch (what);
  kill (pid, SIGKILL);
  waitpid (pid, NULL, 0);
  return code;
}


static void
assert_no_dirmngr (void)
{
  FILE *fp = fopen ("/proc/thread-self/children", "r");
  char path[64];
  int pid;

  ck_assert_ptr_nonnull (fp);
  while (fscanf (fp, "%d", &pid) == 1)
    {
      unsigned char *comm;
      size_t n;

      snprintf (path, sizeof path, "/proc/%d/comm", pid);
      ck_assert_uint_eq (file_read (path, 64, &comm, &n), 0);
      ck_assert_str_ne ((char *)comm, "dirmngr\n");
      free (comm);
    }
  fclose (fp);
}


/* No process and no folder of a fetch is left.  */
static void
assert_clean (void)
{
  char pattern[64];
  glob_t found;

  assert_no_dirmngr ();
  snprintf (pattern, sizeof pattern, "/tmp/postern-keys-%ld-*",
            (long)getpid ());
  ck_assert_int_eq (glob (pattern, 0, NULL, &found), GLOB_NOMATCH);
}


static void
need_dirmngr (void)
{
  if (access (POSTERN_DIRMNGR, X_OK))
    {
      puts ("dirmngr is not installed: left out");
      exit (0);
    }
}


START_TEST (fetch_forms)
{
  static const struct { const char *what, *say; } bad[] =
    {
      { "wkd:", "wkd:alice@example.org" },
      { "wkd:alice", "wkd:alice@example.org" },
      { "wkd:@example.org", "wkd:alice@example.org" },
      { "wkd:alice@example", "wkd:alice@example.org" },
      { "wkd:alice@example.org.", "wkd:alice@example.org" },
      { "wkd:alice@exa\nmple.org", "wkd:alice@example.org" },
      { "wkd:ali\nBYE@example.org", "wkd:alice@example.org" },
      { "wkd:ali ce@example.org", "wkd:alice@example.org" },
      { "wkd:--x@example.org", "wkd:alice@example.org" },
      { "wkd:a%0a@example.org", "wkd:alice@example.org" },
      { "hkps://keys.example.org", "full fingerprint" },
      { "hkps://keys.example.org/", "full fingerprint" },
      { "hkps://keys.example.org/alice@example.org", "full fingerprint" },
      { "hkps://keys.example.org/0123456789ABCDEF", "full fingerprint" },
      { "hkps://keys.example.org:0/0123456789012345678901234567890123456789",
        "full fingerprint" },
      { "hkps://keys.example.org:x/0123456789012345678901234567890123456789",
        "full fingerprint" },
      { "hkps://a b/0123456789012345678901234567890123456789",
        "full fingerprint" },
      { "hkps://a\nb/0123456789012345678901234567890123456789",
        "full fingerprint" },
      { "hkps://-a/0123456789012345678901234567890123456789",
        "full fingerprint" },
      { "hkps:///0123456789012345678901234567890123456789",
        "full fingerprint" },
      { "hkps://[::1/0123456789012345678901234567890123456789",
        "full fingerprint" },
      { "hkp://keys.example.org/0123456789012345678901234567890123456789",
        "not encrypted" },
      { "hkp://128.0.0.1/0123456789012345678901234567890123456789",
        "not encrypted" },
      { "hkp://127.0.0.1.example.org/0123456789012345678901234567890123456789",
        "not encrypted" },
      { "hkp://localhost.example.org/0123456789012345678901234567890123456789",
        "not encrypted" },
      { "https://example.org/alice.pgp", "hkps://HOST/FPR" },
      { "ldap://example.org/alice", "hkps://HOST/FPR" }
    };
  size_t i;

  for (i = 0; i < sizeof bad / sizeof *bad; i++)
    {
      ck_assert_msg (fetch (bad[i].what) == GPG_ERR_INV_NAME, "%s",
                     bad[i].what);
      ck_assert_ptr_null (data);
      ck_assert_msg (message && strstr (message, bad[i].say), "%s: %s",
                     bad[i].what, message);
    }
}
END_TEST


START_TEST (fetch_file_and_own)
{
  unsigned char *first;
  size_t firstlen;

  ck_assert_int_eq (gpg ("a", "-o", at ("alice.pgp"), "--export", alice,
                         NULL), 0);
  ck_assert_int_eq (fetch (at ("alice.pgp")), 0);
  ck_assert_uint_gt (len, 100);
  first = data;
  firstlen = len;
  data = NULL;
  ck_assert_int_eq (setenv ("GNUPGHOME", at ("a"), 1), 0);
  ck_assert_int_eq (fetch (alice), 0);
  ck_assert_uint_eq (len, firstlen);
  ck_assert_mem_eq (data, first, len);
  free (first);
  ck_assert_int_eq (fetch ("0123456789012345678901234567890123456789"),
                    GPG_ERR_NOT_FOUND);
  ck_assert_ptr_null (data);
  ck_assert_int_eq (fetch (at ("none.pgp")), GPG_ERR_ENOENT);
  ck_assert_int_eq (file_write (at ("large"), calloc (1, LARGE), LARGE, 0600,
                                0), 0);
  ck_assert_int_eq (fetch (at ("large")), GPG_ERR_TOO_LARGE);
  ck_assert_ptr_null (message);
}
END_TEST


START_TEST (fetch_from_server)
{
  struct passwd *nobody = getpwnam ("nobody");
  uid_t uid = nobody ? nobody->pw_uid : 0;
  char lower[NETSPEC_FPRLEN + 1];
  size_t i;

  need_dirmngr ();
  ck_assert_uint_ne (uid, 0);
  ck_assert_int_eq (gpg ("a", "--armor", "-o", at ("armored"), "--export",
                         alice, NULL), 0);
  read_file ("armored");
  ck_assert_int_eq (fetch_from (msg, msglen, alice), 0);
  ck_assert_uint_eq (*peer_uid, geteuid () ? geteuid () : uid);
  ck_assert_ptr_null (message);
  ck_assert_uint_ge (len, msglen - 2);
  for (i = 0; i <= strlen (alice); i++)
    lower[i] = (char)(alice[i] >= 'A' ? alice[i] + 32 : alice[i]);
  ck_assert_int_eq (fetch_from (msg, msglen, lower), 0);
  assert_clean ();

  ck_assert_int_eq (fetch_from (msg, msglen, bob), GPG_ERR_BAD_PUBKEY);
  ck_assert_ptr_nonnull (strstr (message, "another key"));
  ck_assert_ptr_null (data);
  ck_assert_int_eq (gpg ("a", "--armor", "-o", at ("both"), "--export",
                         alice, bob, NULL), 0);
  read_file ("both");
  ck_assert_int_eq (fetch_from (msg, msglen, alice), GPG_ERR_AMBIGUOUS_NAME);
  ck_assert_int_eq (fetch_from ("hello", 5, alice), GPG_ERR_NO_PUBKEY);
  ck_assert_int_eq (fetch_from ("", 0, alice), GPG_ERR_NO_DATA);
  ck_assert_int_eq (fetch_from (calloc (1, LARGE), LARGE, alice),
                    GPG_ERR_TOO_LARGE);
  assert_clean ();
}
END_TEST


START_TEST (fetch_no_answer)
{
  need_dirmngr ();
  longest = 1;
  ck_assert_int_eq (fetch_from (NULL, 0, alice), GPG_ERR_TIMEOUT);
  longest = 60;
  ck_assert_ptr_nonnull (strstr (message, "no answer"));
  ck_assert_ptr_null (data);
  ck_assert_int_eq (fetch ("hkp://127.0.0.1:1/0123456789012345678901234567890"
                           "123456789"), GPG_ERR_NO_KEYSERVER);
  ck_assert_ptr_nonnull (strstr (message, "does not answer"));
  assert_clean ();
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("fetch");
  TCase *tc = tcase_create ("fetch");
  SRunner *runner;
  int failed;

  peer_uid = mmap (NULL, sizeof *peer_uid, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  tcase_set_timeout (tc, 120);
  tcase_add_unchecked_fixture (tc, setup, teardown);
  tcase_add_test (tc, fetch_forms);
  tcase_add_test (tc, fetch_file_and_own);
  tcase_add_test (tc, fetch_from_server);
  tcase_add_test (tc, fetch_no_answer);
  suite_add_tcase (suite, tc);
  runner = srunner_create (suite);
  srunner_run_all (runner, CK_NORMAL);
  failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
