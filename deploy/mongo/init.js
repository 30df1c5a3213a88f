// Makes a replica set of the three members and Usher's user in it. mongosh --nodb runs
// it; what is there already is left, so it may run at every start.

/* global connect, print, process, sleep */

const members = ["mongo-1:27017", "mongo-2:27017", "mongo-3:27017"];
const already = 23; // AlreadyInitialized

const admin = connect(`mongodb://${members[0]}/admin?directConnection=true`);
admin.auth(process.env.MONGO_INITDB_ROOT_USERNAME, process.env.MONGO_INITDB_ROOT_PASSWORD);

try {
  // The member with the administrator is preferred; the others begin empty and copy it.
  const made = admin.runCommand({
    replSetInitiate: { _id: "usher", members: members.map((host, i) => ({ _id: i, host, priority: i === 0 ? 2 : 1 })) },
  });
  if (made.ok !== 1 && made.code !== already) {
    throw new Error(`replSetInitiate: ${made.errmsg}`);
  }
} catch (error) {
  if (error.code !== already) {
    throw error;
  }
}

// Users are made on the primary, which after a failover may be another member.
let primary = "";
for (let tries = 0; primary === ""; tries++) {
  primary = admin.hello().primary ?? "";
  if (primary === "" && tries === 120) {
    throw new Error("the replica set has had no primary for 60 s: see the logs of its members");
  }
  if (primary === "") {
    sleep(500);
  }
}
const leader = connect(`mongodb://${primary}/admin?directConnection=true`);
leader.auth(process.env.MONGO_INITDB_ROOT_USERNAME, process.env.MONGO_INITDB_ROOT_PASSWORD);
const usher = leader.getSiblingDB("usher");
const account = { pwd: process.env.MONGO_APP_PASSWORD, roles: [{ role: "readWrite", db: "usher" }] };
if (usher.getUser("usher") === null) {
  usher.createUser({ user: "usher", ...account });
} else {
  usher.updateUser("usher", account);
}
print(`the replica set of ${members.join(", ")} has the primary ${primary}`);
