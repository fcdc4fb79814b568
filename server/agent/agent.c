/* agent.c - Confines itself, and becomes gpg-agent.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * gpg-agent holds the one secret that opens every request, and answers a
 * process that reads what strangers send.  So it has a user of its own, no
 * network, no file but its home and the system's libraries, and no program:
 * not even a pinentry.  With a card it must start scdaemon, and reach what
 * that needs; then only its user and the network confine it.
 *
 * posternd starts it with SIGPIPE ignored, which it inherits: it must not end
 * because a client left early.  */

#include "../role/mains.h"

#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../common/base/log.h"
#include "../role/confine.h"
#include "../role/role.h"
#include "agent.h"


/* Keep the path of the program that the kernel starts for ours: it starts the
   same one for gpg-agent.  */
static int
find_loader (struct dl_phdr_info *info, size_t size, void *hook)
{
  const char **r_path = hook;
  size_t i;

  (void)size;
  for (i = 0; i < info->dlpi_phnum; i++)
    if (info->dlpi_phdr[i].p_type == PT_INTERP)
      *r_path = (const char *)(info->dlpi_addr
                               + info->dlpi_phdr[i].p_vaddr);
  return 1;                     /* Only the program itself.  */
}


static gpg_error_t
confine_agent_paths (const char *home)
{
  static const char *const read[] =
    { "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libx32", "/lib",
      "/lib32", "/lib64", "/libx32", "/usr/share/zoneinfo",
      "/usr/share/locale", "/dev/urandom", "/dev/random",
      "/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/gcrypt",
      "/etc/nsswitch.conf", "/etc/passwd", "/etc/group", "/etc/localtime",
      NULL };
  const char *const write[] = { home, "/dev/null", NULL };
  const char *loader = NULL;
  const char *execute[] = { POSTERN_GPG_AGENT, NULL, NULL };
  struct confine_reach reach = { write, read, execute };
  gpg_error_t err;

  dl_iterate_phdr (find_loader, &loader);
  execute[1] = loader;
  err = confine_reach (&reach);
  if (gpg_err_code (err) != GPG_ERR_NOT_SUPPORTED)
    return err;
  log_warn ("this kernel has no Landlock: gpg-agent could read what its user"
            " may");
  return 0;
}


static gpg_error_t
leave_agent_network (void)
{
  gpg_error_t err = confine_network ();

  if (gpg_err_code (err) != GPG_ERR_EPERM)
    return err;
  log_warn ("no network namespace can be made here: gpg-agent could talk to"
            " others");
  return 0;
}


static gpg_error_t
confine_agent (const char *home, bool card)
{
  static const struct confine_limits limits = { .files = 256 };
  gpg_error_t err;

  umask (077);
  err = confine_limits (&limits);
  if (!err)
    err = leave_agent_network ();
  if (!err)
    err = confine_user (ROLE_USER_AGENT, 0);
  if (!err && !card)
    err = confine_agent_paths (home);
  return err;
}


/* gpg-agent takes its sockets as systemd passes them (sd_listen_fds(3)).  */
static gpg_error_t
name_sockets (void)
{
  char pid[24];

  snprintf (pid, sizeof pid, "%ld", (long)getpid ());
  if (setenv ("LISTEN_PID", pid, 1) || setenv ("LISTEN_FDS", "2", 1)
      || setenv ("LISTEN_FDNAMES", "std:extra", 1))
    return gpg_error_from_syserror ();
  return 0;
}


static void
become_agent (const char *home, bool card)
{
  const char *argv[] =
    { "gpg-agent", "--homedir", home, "--options", "/dev/null",
      "--supervised", "--quiet", "--batch", "--no-allow-mark-trusted",
      "--no-allow-external-cache", "--no-allow-loopback-pinentry",
      "--disable-check-own-socket", "--pinentry-program", "/bin/false",
      "--auto-expand-secmem", card ? NULL : "--disable-scdaemon", NULL };

  execv (POSTERN_GPG_AGENT, (char *const *)(uintptr_t)argv);
  log_error ("cannot run %s: %s", POSTERN_GPG_AGENT, strerror (errno));
}


int
agent_main (int argc, char **argv)
{
  bool card = argc == 3 && !strcmp (argv[2], "--card");
  gpg_error_t err;

  log_init ("agent", 0);
  if (argc < 2 || argc > 3 || (argc == 3 && !card))
    {
      log_error ("agent is started by posternd; see posternd(8)");
      return EX_USAGE;
    }
  err = confine_agent (argv[1], card);
  if (!err)
    err = name_sockets ();
  if (err)
    log_error ("cannot become %s: %s", ROLE_USER_AGENT, gpg_strerror (err));
  else
    become_agent (argv[1], card);
  return EX_OSERR;
}
