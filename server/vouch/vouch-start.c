/* vouch-start.c - Start a check: its file, its program, its orders.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * vouch opens the file that a check needs, because the child may not.  It must
 * never read from it.  */

#include "vouch.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../common/base/log.h"
#include "../config/passwd.h"
#include "../../common/base/secret.h"
#include "../../common/base/ticks.h"
#include "../../common/conf/conf-files.h"
#include "../role/spawn.h"

#define GRACE 100000u           /* Microseconds after the deadline that the
                                   child knows, until it is killed.  */


static const char *const programs[VOUCH_PROGRAMS] =
  { "vouch-file", "vouch-ldap" };


/* The folder of this program, to be freed.  */
static char *
own_folder (void)
{
  char *path = realpath ("/proc/self/exe", NULL);

  if (path)
    *strrchr (path, '/') = 0;
  return path;
}


gpg_error_t
vouch_open_programs (struct vouch *vouch)
{
  char path[PATH_MAX];
  int i;

  vouch->libexec = own_folder ();
  if (!vouch->libexec)
    return gpg_error_from_syserror ();
  for (i = 0; i < VOUCH_PROGRAMS; i++)
    {
      if (snprintf (path, sizeof path, "%s/%s", vouch->libexec, programs[i])
          >= (int)sizeof path)
        return gpg_error (GPG_ERR_ENAMETOOLONG);
      vouch->program[i] = open (path, O_PATH | O_CLOEXEC);
      if (vouch->program[i] < 0)
        {
          gpg_error_t err = gpg_error_from_syserror ();

          log_error ("cannot run %s: %s", path, gpg_strerror (err));
          return err;
        }
    }
  return 0;
}


static gpg_error_t
open_passwd (const char *dir, int *r_fd)
{
  char *message = NULL;
  gpg_error_t err = passwd_open (dir, r_fd, &message);

  if (!err && *r_fd < 0)
    err = gpg_error (GPG_ERR_ENOENT);
  if (message)
    log_error ("%s", message);
  else if (err)
    log_error ("%s/" PASSWD_FILE ": %s; 'postern-keys passwd' makes it", dir,
               gpg_strerror (err));
  free (message);
  return err;
}


/* The system's own.  One that others can write is not to be trusted.  */
static gpg_error_t
open_shadow (int *r_fd)
{
  gpg_error_t err = 0;
  struct stat st;
  int fd = open (VOUCH_SHADOW, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

  if (fd < 0 || fstat (fd, &st))
    err = gpg_error_from_syserror ();
  else if (!S_ISREG (st.st_mode) || st.st_uid || (st.st_mode & 022))
    err = gpg_error (GPG_ERR_EPERM);
  if (err)
    log_error (VOUCH_SHADOW ": %s", gpg_strerror (err));
  if (err && fd >= 0)
    close (fd);
  *r_fd = err ? -1 : fd;
  return err;
}


static gpg_error_t
open_service (const struct config_ldap *ldap, int *r_fd)
{
  char *message = NULL;
  gpg_error_t err = conf_files_open_secret (ldap->password_file, r_fd,
                                            &message);

  if (err)
    log_error ("%s", message ? message : gpg_strerror (err));
  free (message);
  return err;
}


/* Open the file that the check needs; *R_FD is -1 if it needs none.  */
static gpg_error_t
open_check_file (config_t config, const struct config_rule *rule,
                 const struct config_ldap *ldap, int *r_fd)
{
  *r_fd = -1;
  if (rule->require.kind == CONFIG_REQUIRE_CRYPT)
    return open_passwd (config->dir, r_fd);
  if (rule->require.kind == CONFIG_REQUIRE_SHADOW)
    return open_shadow (r_fd);
  return ldap->password_file ? open_service (ldap, r_fd) : 0;
}


static gpg_error_t
start_check_program (struct vouch *vouch, enum vouch_program program, int file,
                     struct vouch_check *check)
{
  const char *argv[] = { programs[program], NULL };
  struct spawn spawn = { .path = programs[program], .argv = argv,
                         .program_fd = vouch->program[program],
                         .fd = { -1, file }, .n_fds = 2 };
  gpg_error_t err;
  int sv[2];

  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv))
    return gpg_error_from_syserror ();
  spawn.fd[0] = sv[1];
  err = spawn_start (&spawn, &check->pid);
  close (sv[1]);
  if (err)
    close (sv[0]);
  else
    check->fd = sv[0];
  return err;
}


static void
copy_text (char *to, size_t size, const char *from)
{
  snprintf (to, size, "%s", from ? from : "");
}


static gpg_error_t
send_ldap (int fd, const struct config_ldap *ldap)
{
  struct packet_ldap *p = calloc (1, sizeof *p);
  gpg_error_t err;

  if (!p)
    return gpg_error (GPG_ERR_ENOMEM);
  copy_text (p->name, sizeof p->name, ldap->name);
  for (; p->n_uris < ldap->uris.n; p->n_uris++)
    copy_text (p->uri[p->n_uris], sizeof p->uri[0], ldap->uris.item[p->n_uris]);
  p->starttls = ldap->starttls;
  copy_text (p->ca_file, sizeof p->ca_file, ldap->ca_file);
  copy_text (p->bind_dn, sizeof p->bind_dn, ldap->bind_dn);
  copy_text (p->base, sizeof p->base, ldap->base);
  copy_text (p->filter, sizeof p->filter, ldap->filter);
  copy_text (p->service_dn, sizeof p->service_dn, ldap->service_dn);
  copy_text (p->member_of, sizeof p->member_of, ldap->member_of);
  p->timeout = ldap->timeout * 1000;
  err = packet_send_ldap (fd, 0, p);
  free (p);
  return err;
}


static gpg_error_t
send_check (int fd, const struct config_rule *rule,
            const struct packet_ask *ask)
{
  struct packet_check check;
  gpg_error_t err;

  memset (&check, 0, sizeof check);
  check.kind = (uint8_t)rule->require.kind;
  copy_text (check.account, sizeof check.account, ask->account);
  memcpy (check.key, ask->key, sizeof check.key);
  check.attachment = ask->attachment;
  check.attachment_len = ask->attachment_len;
  err = packet_send_check (fd, 0, &check);
  secret_wipe (&check, sizeof check);
  return err;
}


static gpg_error_t
begin_check (struct vouch *vouch, struct vouch_check *check,
             const struct config_rule *rule, const struct config_ldap *ldap,
             const struct packet_ask *ask)
{
  gpg_error_t err;
  int file;

  err = open_check_file (vouch->role.config, rule, ldap, &file);
  if (err)
    return err;
  err = start_check_program (vouch, ldap ? VOUCH_LDAP : VOUCH_FILE, file,
                             check);
  if (file >= 0)
    close (file);
  if (!err && ldap)
    err = send_ldap (check->fd, ldap);
  if (!err)
    err = send_check (check->fd, rule, ask);
  if (err)
    log_error ("a check cannot be started: %s", gpg_strerror (err));
  return err;
}


enum refusal
vouch_start (struct vouch *vouch, struct vouch_check *check,
             const struct config_rule *rule, const struct packet_ask *ask)
{
  const struct config_ldap *ldap = rule->require.ldap
    ? config_ldap_by_name (vouch->role.config, rule->require.ldap) : NULL;
  uint64_t id = check->id;

  memset (check, 0, sizeof *check);
  check->id = id;
  check->ldap = ldap != NULL;
  check->deadline = ticks_us () + GRACE + 1000000u
    * (uint64_t)(ldap ? ldap->timeout : CONFIG_CHECK_TIME);
  if (!begin_check (vouch, check, rule, ldap, ask))
    return REFUSAL_NONE;
  if (check->pid)
    vouch_end_check (check);
  return REFUSAL_VOUCH_FAILED;
}
