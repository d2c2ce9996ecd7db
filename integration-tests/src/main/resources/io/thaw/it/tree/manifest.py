# Prints everything that makes up a directory tree, a line per entry, sorted by raw name.
import hashlib, os, stat, sys

out = sys.stdout.buffer
first_name = {}


def content(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest().encode()


def quoted(raw):
    return b"".join(bytes([b]) if 33 <= b < 127 and b != 92 else b"\\%03o" % b for b in raw)


def emit(path, name):
    info = os.lstat(path)
    kind = stat.S_IFMT(info.st_mode)
    if kind == stat.S_IFCHR and info.st_rdev == 0:
        return  # a whiteout; an overlay on top of this hides it
    fields = [
        quoted(name),
        b"mode=%o" % info.st_mode,
        b"owner=%d:%d" % (info.st_uid, info.st_gid),
    ]
    if name != b".":  # no layer says when the root was made
        fields.append(b"mtime=%d" % info.st_mtime_ns)
    if kind == stat.S_IFREG:
        fields += [b"size=%d" % info.st_size, b"sha256=" + content(path)]
    elif kind == stat.S_IFLNK:
        fields.append(b"to=" + quoted(os.readlink(path)))
    elif kind in (stat.S_IFCHR, stat.S_IFBLK):
        fields.append(b"device=%d:%d" % (os.major(info.st_rdev), os.minor(info.st_rdev)))
    if kind != stat.S_IFDIR:
        fields.append(b"links=%d" % info.st_nlink)
        if info.st_nlink > 1:
            first = first_name.setdefault((info.st_dev, info.st_ino), name)
            fields.append(b"same=" + quoted(first))
    for attribute in sorted(os.listxattr(path, follow_symlinks=False)):
        if attribute.startswith("trusted.overlay.") or attribute == "security.selinux":
            continue
        try:
            value = os.getxattr(path, attribute, follow_symlinks=False).hex()
        except OSError:
            value = "refused"  # the kernel checks file capabilities on the way out
        fields.append(quoted(os.fsencode(attribute)) + b"=" + value.encode())
    out.write(b" ".join(fields) + b"\n")
    if kind == stat.S_IFDIR:
        for child in sorted(os.listdir(path)):
            emit(path + b"/" + child, name + b"/" + child if name != b"." else child)


sys.setrecursionlimit(10000)
emit(os.fsencode(sys.argv[1]), b".")
