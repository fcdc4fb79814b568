/* agent-cage.c - What the program "agent" gives up before it is gpg-agent.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * It has a user of its own, no network, no socket but those that it listens
 * on, no file but its home and the system's libraries, and no other process:
 * not even a pinentry.  A socket in the file system, such as that of a name
 * service, would be a way to the network, and a second process would go on
 * listening when the first is ended.  With a card it must start scdaemon, and
 * reach what that needs; then only its user and the network confine it.  */

#include "agent.h"

#include <link.h>
#include <sys/stat.h>

#include "../../common/base/log.h"
#include "../role/confine.h"
#include "../role/role.h"


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


gpg_error_t
agent_confine (const char *home, bool card)
{
  static const struct confine_limits limits =
    { .files = 256, .processes = 512 };
  gpg_error_t err;

  umask (077);
  err = confine_limits (&limits);
  if (!err)
    err = leave_agent_network ();
  if (!err)
    err = confine_user (ROLE_USER_AGENT, 0);
  if (!err && !card)
    err = confine_agent_paths (home);
  if (!err && !card)
    err = confine_forbid (false);
  return err;
}
