/* muster.c - Judge the roster's keyring, write a snapshot, and end.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * posternd starts this program whenever the keyring may say something else
 * than before.  It reads no configuration and serves nobody, and it is not
 * believed: see snapshot.h.  */

#include "../role/mains.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>

#include "../../common/base/log.h"
#include "../../common/base/secret.h"
#include "../role/role.h"
#include "muster.h"

#define SECRET_POOL 16384       /* It has no secrets; libgcrypt wants one.  */
#define STAMP_US 50000          /* How far apart two changes are that a file's
                                   times tell apart.  */
#define RETRY 300               /* Seconds until gpg is asked again about a key
                                   on which it failed.  */


static gpg_error_t
judge_home (const char *home, struct keyring *keyring, size_t *r_failed)
{
  gpg_error_t err;
  pgp_t pgp;

  *r_failed = 0;
  err = pgp_init ();
  if (!err)
    err = pgp_new (PGP_SERVER, home, MUSTER_DEADLINE, &pgp);
  if (err)
    return err;
  err = muster_judge (pgp, keyring, r_failed);
  pgp_release (pgp);
  while (waitpid (-1, NULL, WNOHANG) > 0)
    ;                           /* What gpgme left behind.  */
  return err;
}


/* True if the keyring of HOME, which had last changed at CHANGED when muster
   began at NOW_US, is still the same.  The kernel's stamps are coarse.  */
static bool
is_settled (const char *home, uint64_t changed, uint64_t now_us)
{
  return changed + STAMP_US < now_us && pgp_home_changed (home) == changed;
}


static uint64_t
real_us (void)
{
  struct timespec ts;

  clock_gettime (CLOCK_REALTIME, &ts);
  return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}


gpg_error_t
muster_home (const char *home, int before, int fd,
             struct packet_mustered *r_result)
{
  uint64_t now_us = real_us (), now = now_us / 1000000;
  struct snapshot_basis basis;
  struct keyring keyring;
  gpg_error_t err;
  size_t failed;

  memset (r_result, 0, sizeof *r_result);
  /* First of all: what changes meanwhile is seen to be newer.  */
  r_result->changed = pgp_home_changed (home);
  err = keyring_read (home, &keyring);
  if (err)
    return err;
  muster_reuse (home, before, now, &keyring, &basis);
  err = judge_home (home, &keyring, &failed);
  if (!is_settled (home, r_result->changed, now_us))
    basis.judged = 0;
  if (!err)
    err = muster_write (fd, &keyring, now, &basis, r_result);
  if (failed && (!r_result->next || r_result->next > now + RETRY))
    r_result->next = now + RETRY;
  keyring_release (&keyring);
  return err;
}


/* The descriptors that posternd passes.  gpg gets none of them.  */
static bool
have_descriptors (void)
{
  int type = 0;
  socklen_t len = sizeof type;

  return !getsockopt (ROLE_FD_PARENT, SOL_SOCKET, SO_TYPE, &type, &len)
         && type == SOCK_SEQPACKET
         && fcntl (ROLE_FD_SNAPSHOT, F_GET_SEALS) >= 0
         && !fcntl (ROLE_FD_PARENT, F_SETFD, FD_CLOEXEC)
         && !fcntl (ROLE_FD_SNAPSHOT, F_SETFD, FD_CLOEXEC)
         && !fcntl (ROLE_FD_BEFORE, F_SETFD, FD_CLOEXEC);
}


static gpg_error_t
set_up_muster (const char *home)
{
  gpg_error_t err = secret_init (SECRET_POOL);

  if (err)
    {
      log_error ("%s", secret_why (err));
      return err;
    }
  err = muster_confine (home);
  if (err)
    log_error ("cannot become %s: %s", ROLE_USER_MUSTER, gpg_strerror (err));
  return err;
}


int
muster_main (int argc, char **argv)
{
  bool verbose = argc == 3 && !strcmp (argv[2], "-v");
  struct packet_mustered result;
  const char *home;
  gpg_error_t err;

  log_init ("muster", verbose);
  if (argc != 2 + verbose || *argv[1] != '/' || !have_descriptors ())
    {
      log_error ("muster is started by posternd; see posternd(8)");
      return EX_USAGE;
    }
  log_never_wait ();
  home = argv[1];
  if (set_up_muster (home))
    return ROLE_EXIT_AGAIN;
  err = muster_home (home, ROLE_FD_BEFORE, ROLE_FD_SNAPSHOT, &result);
  if (!err)
    err = packet_send_mustered (ROLE_FD_PARENT, 0, &result);
  if (err)
    log_error ("%s: the keys cannot be judged: %s", home,
               gpg_strerror (err));
  return err ? ROLE_EXIT_AGAIN : 0;
}
