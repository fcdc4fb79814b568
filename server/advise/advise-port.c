/* advise-port.c - Which other process has the port of the packets.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Nobody needs to bind it, and binding it keeps neither packets nor replies
 * from posternd.  But a process that does gets a copy of each packet, and a
 * port on which something listens differs from its neighbours.  */

#include "advise-parts.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMELEN 64              /* Of a process.  */

struct owner
{
  unsigned int uid;
  uint64_t inode;
};


/* Find in PATH, a table of sockets in /proc/net, the first one with PORT.  */
static bool
find_port_owner (const char *path, uint16_t port, struct owner *r_owner)
{
  FILE *fp = fopen (path, "re");
  char line[512];
  unsigned int local;
  bool found = false;

  if (!fp)
    return false;
  while (!found && fgets (line, sizeof line, fp))
    found = sscanf (line, " %*u: %*[0-9A-Fa-f]:%4x %*s %*s %*s %*s %*s %u"
                    " %*s %" SCNu64, &local, &r_owner->uid,
                    &r_owner->inode) == 3
      && local == port;
  fclose (fp);
  return found;
}


/* True if one of the descriptors of process PID is the socket.  */
static bool
has_socket (const char *pid, uint64_t inode)
{
  char path[PATH_MAX], link[64], wanted[64];
  struct dirent *entry;
  bool found = false;
  ssize_t n;
  DIR *dir;

  snprintf (wanted, sizeof wanted, "socket:[%" PRIu64 "]", inode);
  snprintf (path, sizeof path, "/proc/%s/fd", pid);
  dir = opendir (path);
  if (!dir)
    return false;
  while (!found && (entry = readdir (dir)))
    {
      snprintf (path, sizeof path, "/proc/%s/fd/%s", pid, entry->d_name);
      n = readlink (path, link, sizeof link - 1);
      link[n > 0 ? n : 0] = 0;
      found = !strcmp (link, wanted);
    }
  closedir (dir);
  return found;
}


/* What a process calls itself may hold anything.  */
static void
read_name (const char *pid, char name[NAMELEN])
{
  char path[PATH_MAX];
  FILE *fp;

  snprintf (path, sizeof path, "/proc/%s/comm", pid);
  fp = fopen (path, "re");
  *name = 0;
  if (fp && fgets (name, NAMELEN, fp))
    name[strcspn (name, "\n")] = 0;
  if (fp)
    fclose (fp);
  for (; *name; name++)
    if (!isalnum ((unsigned char)*name) && !strchr ("-_.:/ ", *name))
      *name = '?';
}


/* "NAME, process PID, of user UID", as far as it can be known.  */
static void
describe_owner (const struct owner *owner, char *text, size_t size)
{
  DIR *dir = opendir ("/proc");
  struct dirent *entry;
  char name[NAMELEN];

  snprintf (text, size, "a program of user %u", owner->uid);
  if (!dir)
    return;
  while ((entry = readdir (dir)))
    if (isdigit ((unsigned char)*entry->d_name)
        && has_socket (entry->d_name, owner->inode))
      {
        read_name (entry->d_name, name);
        snprintf (text, size, "%s (process %s of user %u)", name,
                  entry->d_name, owner->uid);
        break;
      }
  closedir (dir);
}


void
advise_judge_port (struct advice *a)
{
  static const char *const tables[] = { "/proc/net/udp", "/proc/net/udp6" };
  struct owner owner;
  char text[512];
  size_t i;

  for (i = 0; i < sizeof tables / sizeof *tables; i++)
    if (find_port_owner (tables[i], a->config->port, &owner))
      {
        describe_owner (&owner, text, sizeof text);
        advise_warn (a, "udp/%u, the port of the packets, is also in use by"
                     " %s, which gets a copy of each packet; and the port no"
                     " longer behaves as if nothing listened. Stop it, or"
                     " choose another port.", a->config->port, text);
        return;
      }
}
